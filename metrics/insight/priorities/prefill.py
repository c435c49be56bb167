"""What of the data fills a field of a candidate, prefill by prefill: which metric, of which members, resting on how much."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping

from metrics.columns import NOTHING
from metrics.insight.priorities.asking import BACKLOG, LONG, Data, Told, members_of
from metrics.insight.priorities.candidates import Candidate

#: Answers that a share of them needs, and estimated pieces of open work that the effort for a whole feature needs.
LEAST_ANSWERS, LEAST_WORK = 10, 3


def tell(data: Data, prefill: str, candidate: Candidate) -> Told | None:
    """What the data says of a candidate; None where it says nothing. `prefill` is one of `fields.PREFILLS`."""
    return _WAYS[prefill](data, candidate)


def _reach(data: Data, candidate: Candidate) -> Told | None:
    """Accounts that use the feature of an idea, that may use those of anything else; without a feature those that asked."""
    if candidate.kind == "idea":
        return data.metric("feature_adopters", Candidate("feature", "", "", candidate.features)) or data.metric(
            "accounts_with_ideas", candidate
        )
    return data.metric("eligible_accounts", candidate)


def _revenue(data: Data, candidate: Candidate) -> Told | None:
    """MRR of the accounts that asked for an idea, of those that may use the features of anything else.

    Without billing nothing is said: nobody pays 0 because nobody told what they pay.
    """
    mrr = data.mrr
    if data.as_of("mrr") is None:
        return None
    if candidate.kind != "idea":
        return data.metric("mrr_of_eligible", candidate, per="eligible_accounts")
    members = members_of(candidate, by_title=True)
    dimensions = tuple(dimension for dimension, _chosen in members)
    wanted = tuple(chosen[0] for _dimension, chosen in members)
    rows = data.ask("ideas_created", by=(*dimensions, "account_id"))
    asked = {str(row["account_id"]) for row in rows if row["ideas_created"] and tuple(row[one] for one in dimensions) == wanted}
    total = sum(mrr.get(account, 0.0) for account in sorted(asked))
    return Told(total, "mrr_of_askers", "mrr", data.since, data.until, members, len(asked - {NOTHING}), data.as_of("mrr"))


def _ticket_share(data: Data, candidate: Candidate) -> Told | None:
    own = data.metric("feature_tickets", candidate)
    every = data.ask("tickets_created")
    total = every[0]["tickets_created"] if every else None
    if own is None or not total:
        return None
    return Told(own.value / float(total), "ticket_share", own.metric, own.since, own.until, own.members, int(total), own.as_of)


def _importance(data: Data, candidate: Candidate) -> Told | None:
    """The share of eligible accounts that use the feature, on Ulwick's scale of 0 to 10."""
    if len(candidate.features) != 1:
        return None
    told = data.metric("feature_adoption", Candidate("feature", "", "", candidate.features), per="eligible_accounts")
    return told and Told(10 * told.value, "adoption", told.metric, told.since, told.until, told.members, told.n, told.as_of)


def _satisfaction(data: Data, candidate: Candidate) -> Told | None:
    """The share of answers of 4 or 5, on a scale of 0 to 10: Ulwick counts the two highest of five boxes."""
    counts = [data.answers.get(feature, (0, 0)) for feature in candidate.features]
    good, every = sum(one for one, _all in counts), sum(one for _good, one in counts)
    if every < LEAST_ANSWERS:
        return None
    members = (("feature_id", candidate.features),)
    return Told(10 * good / every, "answers", "csat", data.until - LONG, data.until, members, every)


def _open_estimate(data: Data, candidate: Candidate) -> Told | None:
    """What is still to be done for a project or objective; for a feature, where enough of it is planned to stand for the whole.

    An idea is a part of what is planned for its feature, which says nothing of its own size.
    """
    of_work = candidate.kind in ("project", "objective")
    if candidate.kind == "idea" or (not of_work and len(candidate.features) != 1):
        return None
    members = ((f"{candidate.kind}_id", (candidate.id,)),) if of_work else members_of(candidate, by_title=False)
    total, count = data.value("open_estimate", members), data.value("open_work", members)
    if total is None or not count or count < (1 if of_work else LEAST_WORK):
        return None
    return Told(total, "open_work", "open_estimate", data.until - BACKLOG, data.until, members, int(count), data.as_of("open_estimate"))


def _usual_estimate(data: Data, candidate: Candidate) -> Told | None:
    """The median of what finished projects took: a size for what nobody has estimated yet (reference class forecasting)."""
    if len(data.done) < LEAST_WORK or candidate.kind == "objective":
        return None
    usual = statistics.median(data.done)
    return Told(usual, "usual_work", "estimate_completed", data.until - LONG, data.until, (), len(data.done))


def _plain(name: str) -> Callable[[Data, Candidate], Told | None]:
    return lambda data, candidate: data.metric(name, candidate)


_WAYS: Mapping[str, Callable[[Data, Candidate], Told | None]] = {
    "reach": _reach,
    "eligible_accounts": _plain("eligible_accounts"),
    "active_accounts": _plain("feature_adopters"),
    "eligible_users": _plain("eligible_users"),
    "active_users": _plain("feature_adopting_users"),
    "revenue": _revenue,
    "requests": _plain("ideas_created"),
    "requesting_accounts": _plain("accounts_with_ideas"),
    "tickets": _plain("feature_tickets"),
    "ticket_share": _ticket_share,
    "importance": _importance,
    "satisfaction": _satisfaction,
    "open_estimate": _open_estimate,
    "usual_estimate": _usual_estimate,
}
