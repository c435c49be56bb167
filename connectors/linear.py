"""Linear: issues with the states that they passed, projects, cycles, initiatives, customers and their requests, releases, documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from connectors import api, arrivals
from connectors.api import Api, Source
from connectors.context import Context
from connectors.inbox import Record
from connectors.push import Pushed, Sent
from connectors.streams import Page, Stream, dated, following, utc
from connectors.web import Again, Web
from data.errors import Problem

SUMMARY = "Linear: issues and the states they passed, projects, cycles, initiatives, customers, their requests, releases, documents"

TEMPLATE = """\
  {name}:
    connector: linear
    token: ${{LINEAR_TOKEN}}            # a personal API key with the permission to read; never written here itself
    # every: 15m                      # how long between two looks; at each sync when left out
    # kinds: [Bug, Feature, Chore]    # labels that say what kind of work an issue is
    # team: Web                       # the team that gets what is accepted on the page Actions; the key must then be allowed to write
"""

_SCOPE = "the permission to read"
URL = "https://api.linear.app"
#: A page of issues with the first states of each stays far below the 10,000 points that one query may cost.
_PAGE, _FEW, _SPANS = 50, 100, 10
_STATES = "nodes {id stateId startedAt endedAt} pageInfo {hasNextPage endCursor}"

#: What can be asked for changes, and the fields that are kept. Texts of people (descriptions, bodies, contents) are not asked for.
_CHANGING = {
    "issues": "identifier title url estimate priorityLabel labelIds trashed archivedAt createdAt updatedAt startedAt completedAt "
    f"canceledAt state {{id}} team {{id}} project {{id}} cycle {{id}} stateHistory(first: {_SPANS}) {{{_STATES}}}",
    "projects": "name health url trashed archivedAt createdAt updatedAt startedAt targetDate completedAt canceledAt status {id} lead {id}",
    "cycles": "name number startsAt endsAt completedAt scopeHistory completedScopeHistory archivedAt createdAt updatedAt team {id}",
    "initiatives": "name status health trashed archivedAt createdAt updatedAt startedAt targetDate completedAt owner {id} "
    "parentInitiative {id}",
    "customers": "name domains externalIds mainSourceId revenue size archivedAt createdAt updatedAt owner {id} tier {id} status {id}",
    "customerNeeds": "priority archivedAt createdAt updatedAt customer {id} issue {id} project {id}",
    "releases": "name version trashed archivedAt createdAt updatedAt startedAt targetDate completedAt canceledAt pipeline {id} stage {id}",
    "documents": "title url trashed archivedAt createdAt updatedAt creator {id} project {id} initiative {id} issue {id}",
}
#: What only gives names to ids: it is small, and read whole at each sync, all kinds with one query.
_NAMES = {
    "teams": "name",
    "users": "name",
    "workflowStates": "name type",
    "issueLabels": "name",
    "projectStatuses": "name",
    "customerTiers": "displayName",
    "customerStatuses": "displayName",
    "releasePipelines": "name",
    "releaseStages": "name",
}
#: What cannot be asked for changes, and is read whole at each sync.
_TIES = {"initiativeToProjects": "createdAt initiative {id} project {id}", "issueToReleases": "issue {id} release {id}"}
#: The field that says that a thing is gone. A customer is archived when it is merged into another; documents tell their trash themselves.
_GONE = {"customers": "archivedAt", "documents": ""}


class _Lacking(Exception):
    """The plan of the workspace has no such things (releases, say)."""


class Config(Api):
    """A source of the `linear` connector."""

    connector: Literal["linear"] = Field(description="linear")
    token: str = Field(description="A personal API key, as ${NAME} from the environment or .streamlit/secrets.toml.")
    kinds: list[str] = Field(["Bug", "Feature", "Improvement"], description="Labels that say what kind of work an issue is.")
    team: str = Field("", description="Name or key of the team that gets pushed issues; may be left out where there is only one.")


def receive(context: Context) -> None:
    """Asks Linear for what is new. Raises Problem for a key that is refused."""
    api.receive(context, _way(api.config_of(Config, context), api.secret(context, "token")), _source(context))


def push(sent: Sent) -> Pushed:
    """An issue of this key's own id, which Linear takes once: whatever becomes of an answer, asking again makes no second one.

    Raises Problem when the key may not write, or it is not clear which team is to get it.
    """
    config = sent.config(Config)
    web = _way(config, sent.secret("token"))
    try:
        if found := _issue(web, sent.uuid):
            return Pushed(found["id"], found["identifier"], found["url"], is_new=False)
        given = {"id": sent.uuid, "teamId": _team(web, config.team, sent), "title": sent.title, "description": sent.body}
        try:
            _ask(web, "mutation($given: IssueCreateInput!) {issueCreate(input: $given) {success}}", given=given)
        except Problem:
            if _issue(web, sent.uuid) is None:  # an answer that got lost leaves an issue behind, which then refuses its id
                raise
        made = _issue(web, sent.uuid)
        if made is None:
            raise web.problem("Linear has taken the issue, and does not show it", "See that the key may read what it writes.")
        return Pushed(made["id"], made["identifier"], made["url"], is_new=True)
    finally:
        web.close()


def _issue(web: Web, key: str) -> dict[str, Any] | None:
    query = "query($key: ID!) {issues(first: 1, includeArchived: true, filter: {id: {eq: $key}}) {nodes {id identifier url}}}"
    return next(iter(_ask(web, query, key=key)["issues"]["nodes"]), None)


def _team(web: Web, named: str, sent: Sent) -> str:
    found = _ask(web, f"{{teams(first: {_FEW}) {{nodes {{id key name}}}}}}")["teams"]["nodes"]
    fitting = [one for one in found if named.lower() in (one["name"].lower(), one["key"].lower())] if named else found
    if len(fitting) != 1:
        known = ", ".join(sorted(one["name"] for one in found))
        said = f'Linear has no team "{named}"' if named else "it is not clear which team of Linear gets the issue"
        raise sent.block.problem("team" if named else None, said, f"Write team: … with one of {known}.", value=bool(named))
    return str(fitting[0]["id"])


def _way(config: Config, token: str) -> Web:
    return api.way(config, URL, rate=2, secrets=(token,), headers={"Authorization": token}, limited=_limited)


def _source(context: Context) -> Source:
    config = api.config_of(Config, context)
    streams = [_stream(kind, fields, changing=True) for kind, fields in _CHANGING.items()]
    streams += [_stream(kind, fields, changing=False) for kind, fields in _TIES.items()]
    names = Stream("names", lambda web, _at: _names(web), scope=_SCOPE)
    return Source("linear", [*streams, names], {"source": context.name, "kinds": ",".join(config.kinds).lower()})


pending, load = arrivals.exposed(_source)


def _stream(kind: str, fields: str, *, changing: bool) -> Stream:
    def everything(web: Web, at: Any) -> Iterator[Page]:
        return following(_pages(web, kind, fields, "orderBy: createdAt"), at)

    def changes(web: Web, since: datetime) -> Iterator[Page]:
        newer = f'orderBy: updatedAt, filter: {{updatedAt: {{gte: "{utc(since)}"}}}}'
        return dated(following(_pages(web, kind, fields, newer)), lambda record: (record.payload or {}).get("updatedAt"), ascending=False)

    return Stream(kind, everything, changes if changing else None, scope=_SCOPE)


def _names(web: Web) -> Iterator[Page]:
    try:
        found = _ask(web, f"{{{' '.join(_listed(kind, fields, f'first: {_FEW}') for kind, fields in _NAMES.items())}}}")
    except _Lacking:
        for kind, fields in _NAMES.items():
            yield from following(_pages(web, kind, fields), resumable=False)
        return
    for kind, fields in _NAMES.items():
        yield Page([_record(web, kind, row) for row in found[kind]["nodes"]])
        if _next(found[kind]):
            yield from following(_pages(web, kind, fields), _next(found[kind]), resumable=False)


def _pages(web: Web, kind: str, fields: str, how: str = "orderBy: createdAt") -> Callable[[Any], tuple[Sequence[Record], Any]]:
    query = f"query($after: String) {{{_listed(kind, fields, f'first: {_PAGE}, after: $after, {how}')}}}"

    def ask(after: Any) -> tuple[Sequence[Record], Any]:
        try:
            found = _ask(web, query, after=after)[kind]
        except _Lacking:
            return [], None
        return [_record(web, kind, row) for row in found["nodes"]], _next(found)

    return ask


def _listed(kind: str, fields: str, how: str) -> str:
    disabled = ", includeDisabled: true" if kind == "users" else ""
    return f"{kind}({how}, includeArchived: true{disabled}) {{nodes {{id {fields}}} pageInfo {{hasNextPage endCursor}}}}"


def _record(web: Web, kind: str, row: dict[str, Any]) -> Record:
    if "stateHistory" in row:
        row["states"] = _states(web, row["id"], row.pop("stateHistory"))
    return Record(row["id"], row, deleted=bool(row.get(_GONE.get(kind, "trashed"))))


def _states(web: Web, issue: str, found: dict[str, Any]) -> list[dict[str, Any]]:
    """All states of an issue; few have more than came with it."""
    states = list(found["nodes"])
    query = f"query($id: String!, $after: String) {{issue(id: $id) {{stateHistory(first: 100, after: $after) {{{_STATES}}}}}}}"
    while _next(found):
        found = _ask(web, query, id=issue, after=_next(found))["issue"]["stateHistory"]
        states += found["nodes"]
    return states


def _next(found: dict[str, Any]) -> str | None:
    return found["pageInfo"]["endCursor"] if found["pageInfo"]["hasNextPage"] else None


def _ask(web: Web, query: str, **variables: Any) -> dict[str, Any]:
    found = web.post("graphql", {"query": query, "variables": variables})
    if found.get("errors"):
        said = str(found["errors"][0].get("message"))
        raise web.problem(f"Linear refuses a query: {said[:300]}", "See that the key may read what the docs name.")
    return dict(found["data"])


def _limited(found: Any) -> None:
    """Linear says with any status, most often 400, that it is asked for too much, or for what a plan has not."""
    errors = (found.get("errors") if isinstance(found, dict) else None) or ()
    codes = {str((each.get("extensions") or {}).get("code")) for each in errors if isinstance(each, dict)}
    if "RATELIMITED" in codes:
        raise Again("it is asked for more than it allows in an hour")
    if "FEATURE_NOT_ACCESSIBLE" in codes:
        raise _Lacking
