"""The lock tool: selection of a package's files, and the text of locks."""

import pytest

from scripts.lock import RUNTIME, Lock, Package, pins, read_pylock, render

PURE = ("a-1.0-py3-none-any.whl", "00")
LINUX = "sys_platform == 'linux'"


def package(*files: tuple[str, str], name: str = "a", marker: str | None = None) -> Package:
    return Package(name=name, version="1.0", marker=marker, wheels=files)


def compiled(tags: str, digest: str) -> tuple[str, str]:
    return f"a-1.0-{tags}.whl", digest


WANTED = [
    compiled(f"cp{python}-cp{python}-{platform}", f"{python}{number}")
    for python in (311, 312, 313, 314)
    for number, platform in enumerate(
        ("manylinux_2_28_x86_64", "manylinux2014_aarch64", "macosx_11_0_arm64")
    )
]


def test_only_wheels_of_the_targets_are_locked() -> None:
    others = [
        compiled("cp310-cp310-manylinux_2_28_x86_64", "b0"),
        compiled("cp315-cp315-manylinux_2_28_x86_64", "b1"),
        compiled("cp313-cp313t-manylinux_2_28_x86_64", "b2"),
        compiled("cp311-cp311-musllinux_1_2_x86_64", "b3"),
        compiled("cp311-cp311-manylinux_2_39_x86_64", "b4"),
        compiled("cp311-cp311-win_amd64", "b5"),
        compiled("pp311-pypy311_pp73-manylinux_2_28_x86_64", "b6"),
        compiled("cp311-cp311-manylinux_2_28_armv7l", "b7"),
    ]
    found = package(*others, *WANTED)
    assert found.hashes() == sorted(digest for _, digest in WANTED)


def test_universal_and_stable_abi_wheels_are_accepted() -> None:
    assert package(PURE).hashes() == ["00"]
    stable = [compiled(f"cp39-abi3-{name}", name) for name in ("manylinux2014_x86_64",)]
    assert package(*stable, marker=f"{LINUX} and platform_machine == 'x86_64'").hashes() == [
        "manylinux2014_x86_64"
    ]


@pytest.mark.parametrize("missing", WANTED)
def test_missing_wheel_for_a_target_is_refused(missing: tuple[str, str]) -> None:
    wheels = [wheel for wheel in WANTED if wheel != missing]
    with pytest.raises(LookupError, match=r"a 1\.0 has no wheel for Python 3\.1[1-4] on"):
        package(*wheels).hashes()


def test_target_excluded_by_a_marker_needs_no_wheel() -> None:
    linux = [wheel for wheel in WANTED if "linux" in wheel[0]]
    assert package(*linux, marker=LINUX).hashes() == sorted(digest for _, digest in linux)


@pytest.mark.parametrize(
    ("marker", "written"),
    [
        (None, "a==1.0"),
        ("python_full_version < '3.15'", "a==1.0"),
        (f"python_full_version < '3.15' and {LINUX}", f"a==1.0 ; {LINUX}"),
        ("python_full_version < '3.13' and os_name == 'posix'", "a==1.0 ; python_version < '3.13'"),
        ("python_version == '3.12'", "a==1.0 ; python_version == '3.12'"),
    ],
)
def test_markers_are_reduced_to_what_the_targets_need(marker: str | None, written: str) -> None:
    assert package(PURE, marker=marker).requirement() == written


def test_package_that_no_target_needs_is_omitted() -> None:
    entry = (
        '[[packages]]\nname = "{0}"\nversion = "1.0"\nmarker = "{1}"\n'
        "wheels = [{{ url = 'x:y/{0}-1.0-py3-none-any.whl', hashes = {{ sha256 = '0' }} }}]\n"
    )
    text = entry.format("a", LINUX) + entry.format("b", "sys_platform == 'win32'")
    [found] = read_pylock(text)
    assert found.name == "a"
    assert found.wheels == (("a-1.0-py3-none-any.whl", "0"),)


def test_lock_includes_its_base_locks_and_allows_only_wheels() -> None:
    lock = Lock(
        path="requirements/x.lock", arguments=(), builds_on=("requirements/y.lock", RUNTIME)
    )
    text = render(lock, [package(PURE), package(PURE, name="b", marker=LINUX)])
    assert [line for line in text.splitlines() if not line.startswith("#")] == [
        "-r y.lock",
        "-r ../requirements.lock",
        "--only-binary :all:",
        "a==1.0 \\",
        "    --hash=sha256:00",
        f"b==1.0 ; {LINUX} \\",
        "    --hash=sha256:00",
    ]
    assert pins(text) == ["a==1.0", f"b==1.0 ; {LINUX}"]
