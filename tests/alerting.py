"""A desk whose tickets are given by week and account, alert rules over it, and receivers on loopback that keep what they get."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import metrics
from data import workspace
from metrics import Layer
from tests import warehouse
from tests.company import Company

#: A Monday; every desk begins here.
FIRST = date(2026, 1, 5)
#: Rules of tests look at old days: they are not to be stale.
OLD = "stale_after: 9999 days"
#: Segments of the accounts, by their first letter.
SEGMENTS = {"e": "enterprise", "s": "smb"}


def week(place: int) -> date:
    """The Monday of a week."""
    return FIRST + timedelta(weeks=place)


def desk(
    root: Path, counts: Mapping[str, Sequence[int]], rules: str = "", channels: str = "ops: {url: '${OPS_URL}'}", **more: Any
) -> Layer:
    """A company with so many tickets of each account in each week, loaded up to the end of the last one."""
    weeks = max(map(len, counts.values()))
    company = Company(
        tables=tables(counts), loaded_since=FIRST.isoformat(), loaded_until=more.pop("until", week(weeks).isoformat()), **more
    )
    warehouse.build(company, root)
    (root / "alerts").mkdir(exist_ok=True)
    (root / "alerts" / "channels.yml").write_text(channels)
    (root / "alerts" / "team.yml").write_text(rules)
    return metrics.open(workspace.load(root))


def tables(counts: Mapping[str, Sequence[int]]) -> dict[str, list[dict[str, Any]]]:
    """The rows of such a desk: the tickets of a week lie at its hours, and each was answered after as many minutes as came before it."""
    tickets = [
        {"ticket_id": f"{account}-{place}-{number}", "account_id": account, "status": "open", "first_response_minutes": number + 1,
         "created_at": (datetime.combine(week(place), datetime.min.time()) + timedelta(hours=number)).isoformat()}
        for account, row in counts.items()
        for place, count in enumerate(row)
        for number in range(count)
    ]  # fmt: skip
    accounts = [
        {"account_id": account, "name": account.upper(), "segment": SEGMENTS.get(account[0]), "created_at": "2025-01-01"}
        for account in counts
    ]
    return {"account": accounts, "ticket": tickets}


@contextmanager
def http() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A receiver of webhooks: its host and port, and what it got (`path`, `body`); a path with "refuse" is answered with 500."""
    got: list[dict[str, Any]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            got.append({"path": self.path, "body": json.loads(body)})
            self.send_response(500 if "refuse" in self.path else 200)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}", got
    finally:
        server.shutdown()
        server.server_close()
