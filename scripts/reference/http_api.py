"""The routes and bodies of the HTTP API, from its OpenAPI description."""

from collections.abc import Iterator
from typing import Any

from fastapi.routing import APIRoute

from dashboards.access.roles import Role
from dashboards.api.application import ROUTERS, api
from dashboards.api.authorization import Needs
from scripts.reference.fields import schema_table
from scripts.reference.json_schema import Schema, type_in_words
from scripts.reference.markdown import code, codes, prose, sections, sentence, table

_HEAD = """# HTTP API: routes and bodies

The base of all routes is `/api/v1`; a running console serves this description at
`/api/v1/openapi.json`. How to get a token, how to read events, and what an act needs is in [the
HTTP API](../api.md). An error is answered with status 400, 401, 403, 404, 409, 411, 413, 415, 422,
500 or 503 and the body [Problem](#problem). Times are UTC: `..._ns` are nanoseconds as text, the
key without that suffix holds the same time in ISO 8601."""


def page() -> str:
    """Return the page."""
    described = api().openapi()
    roles = {
        (method.lower(), route.path): _roles(route)
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
    return sections(
        _HEAD,
        "## Routes",
        *(
            _operation(method, path, operation, roles[method, path])
            for path, operations in described["paths"].items()
            for method, operation in operations.items()
        ),
        "## Bodies",
        *_models(described["components"]["schemas"]),
    )


def _roles(route: APIRoute) -> str:
    [right] = [
        each.dependency.right for each in route.dependencies if isinstance(each.dependency, Needs)
    ]
    return codes(role for role in Role if role.may(right))


def _operation(method: str, path: str, operation: dict[str, Any], roles: str) -> str:
    lines = [f"- Roles: {roles}"]
    if body := operation.get("requestBody"):
        schema = body["content"]["application/json"]["schema"]
        lines.append(f"- Request: {type_in_words(schema, _link)}")
    for media, content in operation["responses"]["200"]["content"].items():
        kind = "" if media == "application/json" else f", as `{media}`"
        lines.append(f"- Answer: {type_in_words(content.get('schema', {}), _link)}{kind}")
    return sections(
        f"### `{method.upper()} {path}`",
        prose(operation.get("description", "")),
        "\n".join(lines),
        _parameters(operation.get("parameters", [])),
    )


def _parameters(parameters: list[dict[str, Any]]) -> str:
    rows = [
        (
            code(each["name"]),
            "header" if each["in"] == "header" else "query",
            type_in_words(each["schema"], _link).removesuffix(" or null"),
            "**required**" if each["required"] else _default(each["schema"]),
            sentence(each.get("description", "")),
        )
        for each in parameters
        if each["in"] != "path"  # the session, everywhere the same
    ]
    return table(("Parameter", "In", "Type", "Default", "Meaning"), rows) if rows else ""


def _default(schema: Schema) -> str:
    return code(str(schema["default"])) if "default" in schema else ""


def _models(schemas: dict[str, Schema]) -> Iterator[str]:
    for name, schema in schemas.items():
        yield sections(
            f"### {name}", prose(schema.get("description", "")), schema_table(schema, {}, _link)
        )


def _link(name: str) -> str:
    return f"[{name}](#{name.lower()})"
