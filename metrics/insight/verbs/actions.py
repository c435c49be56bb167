"""`actions`: what should be done next, by whom, on which evidence."""

from __future__ import annotations

import argparse
from datetime import date

import metrics
from data.errors import Problem, did_you_mean
from metrics.console import out, print_json
from metrics.insight import actions
from metrics.insight.actions import playbooks, told
from metrics.insight.actions.playbook import TEAMS, Playbook


def options(parser: argparse.ArgumentParser) -> None:
    """The options of the verb."""
    parser.add_argument("--team", choices=TEAMS, help="only what this team can do")
    parser.add_argument("--playbook", metavar="NAME", help="only what one playbook finds")
    parser.add_argument("--until", metavar="DAY", type=date.fromisoformat, help="as it stood before this day; default: all that is loaded")


def run(args: argparse.Namespace) -> int:
    """Prints the recommendations; 0 also when there is none."""
    layer = metrics.open()
    known = playbooks.load(layer.workspace, layer.metrics)
    if args.playbook and args.playbook not in known:
        raise Problem(f'there is no playbook "{args.playbook}"', remedy=did_you_mean(args.playbook, known))
    chosen = [one for one in known.values() if _is_asked(one, args)]
    found = actions.found(layer, chosen, args.until)
    if args.json:
        print_json({"actions": [told.to_dict(one) for one in found.actions], "not_loaded": list(found.unloaded)})
        return 0
    for one in found.actions:
        out.print("\n".join([*told.lines(one, layer.workspace.company.currency), ""]), highlight=False, markup=False, soft_wrap=True)
    said = f"{len(found.actions)} recommendations of {len(chosen)} playbooks"
    missing = f"; nothing is loaded for {', '.join(found.unloaded)}" if found.unloaded else ""
    out.print(f"{said}{missing}", highlight=False, markup=False, soft_wrap=True)
    return 0


def _is_asked(one: Playbook, args: argparse.Namespace) -> bool:
    return args.team in (None, one.team) and args.playbook in (None, one.name)
