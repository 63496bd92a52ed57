"""Mail with the headers of an urgent message; apprise only reads the address of the channel.

apprise logs refusals instead of returning them, treats a refused copy as a failure, and has no
headers for each message.
"""

import smtplib
import socket
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr, localtime, make_msgid

from apprise.plugins.email.base import NotifyEmail
from apprise.plugins.email.common import SecureMailMode

from alerts.failure_reasons import Failure, failure_of, smtp_failure
from alerts.notification_text import Message, Urgency

_SENDER = "physiomon"  # shown instead of the bare address
_IMPORTANCE = {Urgency.HIGH: "high", Urgency.MEDIUM: "high", Urgency.QUIET: "low"}  # RFC 4021
_X_PRIORITY = {Urgency.HIGH: "1", Urgency.MEDIUM: "2", Urgency.QUIET: "5"}


def send_mail(
    service: NotifyEmail, message: Message, *, trust: ssl.SSLContext, timeout_s: float
) -> Failure | None:
    """Send a message to each addressee of a channel.

    Args:
        service: the channel's address as apprise has parsed it.
        message: to send.
        trust: certificates that are trusted.
        timeout_s: of each step of the connection.

    Returns:
        None if the server took it for at least one addressee.
    """
    failure, taken = failure_of([]), False
    try:
        with _connect(service, trust, timeout_s) as server:
            for name, address in service.targets:
                mail = _mail(service, str(name or ""), address, message)
                refused = _send(server, service, mail, address)
                if address in refused:
                    failure = smtp_failure(str(refused[address][0]))
                else:
                    taken = True
    except smtplib.SMTPResponseException as error:
        failure = smtp_failure(str(error.smtp_code))
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        failure = failure_of([str(error)])
    return None if taken else failure


def _connect(service: NotifyEmail, trust: ssl.SSLContext, timeout_s: float) -> smtplib.SMTP:
    host, port = service.smtp_host, int(service.port or 0)
    mine = _computer_name()
    if service.secure_mode == SecureMailMode.SSL:
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, mine, timeout=timeout_s, context=trust)
    else:
        server = smtplib.SMTP(host, port, mine, timeout=timeout_s)
    try:
        if service.secure_mode == SecureMailMode.STARTTLS:
            server.starttls(context=trust)
        if service.user and service.password:
            server.login(service.user, service.password)
    except BaseException:
        server.close()
        raise
    return server


def _computer_name() -> str:
    """Return the name for EHLO; smtplib would ask a name server, which may not answer."""
    name = socket.gethostname()
    return name if "." in name else "[127.0.0.1]"  # RFC 5321, section 4.1.3


def _send(
    server: smtplib.SMTP, service: NotifyEmail, mail: EmailMessage, address: str
) -> dict[str, tuple[int, bytes]]:
    """Send a mail; return the addresses that the server refused, with its replies."""
    addresses = [address, *sorted((service.cc | service.bcc) - {address})]
    try:
        return server.sendmail(str(service.from_addr[1]), addresses, mail.as_bytes())
    except smtplib.SMTPRecipientsRefused as error:
        return error.recipients


def _mail(service: NotifyEmail, name: str, address: str, message: Message) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    shown, sender = service.from_addr
    domain = str(sender).rpartition("@")[2]
    mail["From"] = formataddr((str(shown or _SENDER), str(sender)))
    mail["To"] = formataddr((name, address))
    if service.cc:
        mail["Cc"] = ", ".join(sorted(service.cc))
    if service.reply_to:
        mail["Reply-To"] = ", ".join(sorted(service.reply_to))
    mail["Subject"] = " ".join(message.title.split())
    mail["Date"] = format_datetime(localtime())
    mail["Message-ID"] = make_msgid(domain=domain)
    if message.thread:
        # All messages of an incident refer to the same message, which does not exist: the first
        # one may have failed, and mail programs show what refers to it as one conversation.
        mail["References"] = mail["In-Reply-To"] = f"<{message.thread}@{domain}>"
    mail["X-Application"] = "physiomon"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation replies
    mail["Importance"] = _IMPORTANCE.get(message.urgency, "normal")
    mail["X-Priority"] = _X_PRIORITY.get(message.urgency, "3")
    for header, value in service.headers.items():  # of the address
        del mail[header]
        mail[header] = value
    mail.set_content(message.body, cte="quoted-printable")  # not every server takes 8 bits
    return mail
