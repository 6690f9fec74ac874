"""Messages that come back, in the shapes of several mail servers, with invented people."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

POSTFIX = """\
From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
To: office@bridges.example.org
Subject: Undelivered Mail Returned to Sender
Date: Tue, 24 Nov 2026 09:12:44 +0200
Message-ID: <20261124071244.1F2A93C0@mx.example.net>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.net. I'm sorry to have to inform you that your
message could not be delivered.

<{address}>: host mail.example.net said: {diagnostic}

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
Arrival-Date: Tue, 24 Nov 2026 09:12:41 +0200

Final-Recipient: rfc822; {address}
Original-Recipient: rfc822;{address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {diagnostic}

--b1
Content-Type: message/rfc822

{letter}
--b1--
"""

QMAIL = """\
From: MAILER-DAEMON@old.example.net
To: office@bridges.example.org
Subject: failure notice
Date: Tue, 24 Nov 2026 07:00:00 -0000

Hi. This is the qmail-send program at old.example.net.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{address}>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

{letter}
"""

HOLIDAY = """\
From: {address}
To: office@bridges.example.org
Subject: Out of office
Date: Tue, 24 Nov 2026 07:00:00 +0000
In-Reply-To: {message_id}
References: {message_id}
Auto-Submitted: auto-replied

I am away until Monday.
"""

COMPLAINT = """\
From: complaints@provider.example.net
To: office@bridges.example.org
Subject: complaint about message from 192.0.2.1
Date: Tue, 24 Nov 2026 07:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b2"

--b2
Content-Type: text/plain

This is an email abuse report.

--b2
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: SomeGenerator/1.0
Version: 1

--b2
Content-Type: text/rfc822-headers

{letter}
--b2--
"""


def report(shape: str, letter: EmailMessage, *, address: str = "", **said: str) -> bytes:
    """A report about a letter of ours; ``address`` is its recipient unless another is said."""
    given = {"status": "5.1.1", "action": "failed", "diagnostic": "550 5.1.1 User unknown"}
    text = shape.format(
        **given | said,
        address=address or str(letter["To"]),
        message_id=letter["Message-ID"],
        letter=letter.as_bytes(policy=SMTP).decode("ascii").replace("\r\n", "\n"),
    )
    return text.encode("utf-8")
