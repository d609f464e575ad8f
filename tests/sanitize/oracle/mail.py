"""Mail, read by Python's email: text only, attachments looked at one by one."""

import email
import email.policy

from . import look_bytes, plain
from .archive import safe_name

ACTIVE = ("text/html", "text/calendar+", "message/external-body", "message/partial", "application/ms-tnef", "application/pkcs7-mime")


def look(found, path, data):
    message = email.message_from_bytes(data, policy=email.policy.default)
    one(found, message, depth=0)


def one(found, message, depth):
    if depth > 10:
        found.bad("nesting")
        return
    for part in message.walk() if depth == 0 else [message]:
        if part.defects:
            found.broken.append(("mail", str(part.defects[0])[:80]))
        kind = part.get_content_type()
        # A page that is attached is looked at as a page.
        if kind in ACTIVE and not (kind == "text/html" and part.get_filename()):
            found.bad("mail-part", kind)
        if part.is_multipart():
            for what in (part.preamble, part.epilogue):
                if what and what.strip():
                    found.bad("slack", "before or after the parts")
            continue
        name = part.get_filename()
        content = part.get_payload(decode=True) or b""
        if name:
            safe_name(found, name.replace("/", "_"))
            declared = part.get_param("name")
            if declared and isinstance(declared, str) and declared != name:
                found.bad("unsafe-name", f"{name} and {declared}"[:80])
            if content:
                found.under(name, look_bytes(name, content))
        elif kind.startswith("text/"):
            charset = part.get_content_charset() or "utf-8"
            text = content.decode(charset, "replace")
            if plain.CONTROL.search(text):
                found.bad("control-character", "body")
        elif content:
            found.under(kind, look_bytes("part." + kind.split("/")[-1][:8], content))
    for header in message.keys():
        if header.lower().startswith(("x-", "list-unsubscribe", "received", "dkim", "disposition-notification", "return-receipt")):
            if header.lower() != "x-sekisho":
                found.soft.append(("header", header))
