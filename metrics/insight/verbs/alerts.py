"""`alerts`: the rules and how they fare; run them, try them on history, send a test."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from rich.table import Table

import metrics
from data import channels
from data.errors import Problem
from data.journal import Delivery, Journal, Snooze, open_journal
from data.journal.alerts import RUNS
from metrics.console import out, print_json, unsaved
from metrics.insight import alerts
from metrics.insight.alerts import delivery as alert_delivery
from metrics.insight.alerts import digest
from metrics.insight.alerts import lint as alert_lint
from metrics.insight.alerts import rule as alert_rule
from metrics.insight.alerts import run as alert_run
from metrics.insight.alerts import watch as alert_watch
from metrics.insight.alerts.outcomes import Found, Judged
from metrics.insight.alerts.speech import Speech, sentence
from metrics.layer import Layer
from metrics.result import instant

_SHOWN = 20


def options(parser: argparse.ArgumentParser) -> None:
    """The options; at most one of them."""
    one = parser.add_mutually_exclusive_group()
    one.add_argument(
        "--run", dest="now", action="store_true", help="judge every rule now, and send what waits; for those who run no worker"
    )
    one.add_argument("--try", dest="file", metavar="FILE|-", help="when the rules of a file would have fired in the last 12 months")
    one.add_argument("--send-test", dest="channel", metavar="CHANNEL", help="send a test message to a channel")


def run(args: argparse.Namespace) -> int:
    """Does what is asked; without an option tells how the rules fare."""
    layer = metrics.open()
    if args.file:
        return _try(layer, args.file, as_json=args.json)
    book = open_journal(layer.workspace.root)
    if args.channel:
        return _test(layer, book, args.channel, as_json=args.json)
    return _run(layer, book, as_json=args.json) if args.now else _list(layer, book, as_json=args.json)


def _list(layer: Layer, book: Journal, *, as_json: bool) -> int:
    rules, broken = alert_rule.read_all(layer.workspace)
    checks, silent = book.alerts.checks(), alert_watch.silence(book) if rules or broken else None
    fired = {one.rule: one for one in reversed(book.alerts.fired()) if one.state == "fired"}
    rows: list[dict[str, Any]] = []
    for name in [*rules, *(one.name for one in broken if one.name not in rules)]:
        rule, check = rules.get(name), checks.get(name)
        said = next((str(one.problem) for one in broken if one.name == name), check.said if check else "")
        state = "cannot run" if said else "never ran" if check is None else "fired" if name in fired else "quiet"
        rows.append(
            {"name": name, "label": rule.label if rule else name, "metric": rule.metric if rule else None, "state": state, "said": said}
            | {"reached": check.reached if check else None, "ran_at": instant(check.ran_at) if check else None}
            | {"fired": fired[name].period if name in fired else None, "tell": list(rule.tell) if rule else []}
        )
    last = checks.get(RUNS)
    failed = [one for one in book.alerts.deliveries() if one.state == "failed"]
    wrong = silent is not None or any(row["said"] for row in rows)
    if as_json:
        told = {"ran_at": instant(last.ran_at) if last else None, "runs": silent is None, "rules": rows}
        print_json(told | {"snoozed": [_snooze(one) for one in book.alerts.snoozes()], "failed": [_message(one) for one in failed]})
        return int(wrong)
    table = Table("rule", "state", "judged until", "last fired", "tells", box=None, header_style="bold")
    for row in rows:
        table.add_row(row["name"], row["state"], row["reached"] or "–", row["fired"] or "–", ", ".join(row["tell"]))
    out.print(table)
    for row in rows:
        if row["said"]:
            out.print(f"{row['name']} cannot run: {row['said']}", highlight=False, markup=False, soft_wrap=True)
    if silent is not None:
        out.print("Alerts did not run in the last hour. Start the app or a worker: python -m connectors work", highlight=False)
    return int(wrong)


def _run(layer: Layer, book: Journal, *, as_json: bool) -> int:
    ran = alert_run.run(layer, book)
    sent = alert_delivery.deliver(layer.workspace, book)
    failed = any(one.state != "sent" for one in sent)
    if as_json:
        troubles = {name: {"code": one.code, "said": one.said} for name, one in ran.troubles.items()}
        found = [_found(hit) | {"rule": one.rule.name} for one in ran.judged for hit in one.fired]
        print_json({"fresh": ran.fresh, "found": found, "cannot_run": troubles, "messages": [_message(one) for one in sent]})
        return int(bool(ran.troubles) or failed)
    out.print(f"{len(ran.judged)} rules judged, {ran.fresh} new alerts, {sum(one.state == 'sent' for one in sent)} messages sent.")
    for name, trouble in ran.troubles.items():
        out.print(f"{name} cannot run: {trouble.said}", highlight=False, markup=False, soft_wrap=True)
    for one in sent:
        if one.error:
            out.print(one.error, highlight=False, markup=False, soft_wrap=True)
    return int(bool(ran.troubles) or failed)


def _try(layer: Layer, file: str, *, as_json: bool) -> int:
    shown = file if file == "-" else f"alerts/{Path(file).name}"
    rules = alert_rule.parse(unsaved(file), shown)
    if not rules:
        raise Problem("holds no rule", shown, 1, remedy="Write one: its name, a colon, and its keys indented below.")
    for problem in (one for rule in rules.values() for one in alert_lint.errors(layer, rule)):
        raise problem
    targets = open_journal(layer.workspace.root).targets.in_force()
    tried = [alerts.backtest(layer, rule, targets.get(rule.metric)) for rule in rules.values()]
    if as_json:
        print_json({"rules": [_tried(one) for one in tried]})
        return 0
    for one in tried:
        _print_tried(layer, one)
    return 0


def _print_tried(layer: Layer, one: Judged) -> None:
    periods = {hit.case.period for hit in one.fired}
    first, last = one.periods[0], one.periods[-1]
    grain = one.rule.grain
    out.print(
        f"[bold]{one.rule.name}[/bold] would have fired {len(one.fired)} times, in {len(periods)} of {len(one.periods)} {grain}s "
        f"from {first} to {last}.",
        highlight=False,
        soft_wrap=True,
    )
    for hit in one.fired[:_SHOWN]:
        said = sentence(alert_run.facts(layer, one.rule, hit), Speech(currency=layer.workspace.company.currency))
        out.print(f"  {said}", highlight=False, markup=False, soft_wrap=True)
    if len(one.fired) > _SHOWN:
        out.print(f"  and {len(one.fired) - _SHOWN} more", highlight=False)


def _test(layer: Layer, book: Journal, name: str, *, as_json: bool) -> int:
    channel = channels.known(name, channels.read(layer.workspace))
    message = digest.test(layer.workspace.company.name, name, Speech(channel.language))
    asked = book.alerts.test(name, message.to_dict())
    ended = next((one for one in alert_delivery.deliver(layer.workspace, book) if one.id == asked.id), asked)
    if as_json:
        print_json(_message(ended))
    elif ended.error:
        sys.stderr.write(f"{ended.error}\n")
    else:
        out.print(f"The channel {name} took the test message.", highlight=False)
    return int(ended.state != "sent")


def _tried(one: Judged) -> dict[str, Any]:
    return {
        "name": one.rule.name,
        "since": one.periods[0].isoformat(),
        "until": one.periods[-1].isoformat(),
        "periods": len(one.periods),
        "fired": [_found(hit) for hit in one.fired],
        "silent": {code: sum(hit.code == code for hit in one.found) for code in ("few", "slight", "other_way", "unknown")},
    }


def _found(hit: Found) -> dict[str, Any]:
    case = hit.case
    told = {"period": case.period.isoformat(), "member": case.member, "label": case.label, "code": hit.code}
    return told | {"value": case.value, "before": case.before, "limit": case.limit, "n": case.n}


def _message(one: Delivery) -> dict[str, Any]:
    told = {"channel": one.channel, "kind": one.kind, "state": one.state, "tries": one.tries, "error": one.error}
    return told | {"title": one.message.get("title"), "written_at": instant(one.written_at), "sent_at": instant(one.sent_at)}


def _snooze(one: Snooze) -> dict[str, Any]:
    return {"rule": one.rule, "member": one.member, "until": instant(one.until), "reason": one.reason, "author": one.author}
