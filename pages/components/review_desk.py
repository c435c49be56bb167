"""What people do at a review: comment, say who does what by when, freeze it, take it away, publish it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from html import escape
from urllib.parse import quote
from zoneinfo import ZoneInfo

import streamlit as st

from data.journal import Journal, Snapshot
from metrics.insight import review as reviews
from metrics.insight.review import frozen as review_frozen
from metrics.insight.review.model import Review, Said, Section, ToDo
from pages.components import filters, loading, saved
from pages.components import format as fmt
from pages.components import review_words as words
from pages.components.board import Board
from pages.components.export import spoken
from pages.components.i18n import N_, _, ngettext

_FILES = {
    "html": (N_("As one HTML file"), "html", "text/html", ":material/html:"),
    "pdf": (N_("As PDF"), "pdf", "application/pdf", ":material/picture_as_pdf:"),
    "markdown": (N_("As Markdown"), "md", "text/markdown", ":material/markdown:"),
}
#: The name of the setting of a Notion source under which page reviews are published.
_PAGE = "reviews_page"


def comment(board: Board, review: Review, *, key: str, about: str, section: str = "", metric: str = "") -> None:
    """A small button that opens a field for a comment; on a frozen review it is added beside it."""
    book = board.book
    if book is None:
        return

    def save() -> None:
        text = str(st.session_state[f"comment-text-{key}"])
        under = reviews.key(review.template, review.last)
        saved.kept(lambda: book.reviews.comment(under, text, author=saved.author(), section=section, metric=metric))

    label = _("Comment on {about}").format(about=about)
    with (
        st.popover(label, icon=":material/add_comment:", type="tertiary", key=f"comment-{key}"),
        st.form(f"comment-form-{key}", border=False, clear_on_submit=True),
    ):
        st.text_area(label, key=f"comment-text-{key}", height=90)
        st.form_submit_button(_("Save"), on_click=save)


def said(review: Review, told: Sequence[Said]) -> None:
    """Comments, each with who wrote it and when."""
    if not told:
        return
    rows = "".join(f"<li><p>{escape(one.text)}</p><small>{escape(_when(review, one))}</small></li>" for one in told)
    label = _("Comments")
    st.html(f'<ul class="tv-comments" aria-label="{escape(label)}">{rows}</ul>')


def _when(review: Review, one: Said) -> str:
    return f"{one.author} · {fmt.day(one.written_at.astimezone(ZoneInfo(review.timezone)).date())}"


def actions(board: Board, review: Review, section: Section, *, frozen: bool) -> None:
    """What is to be done, by whom and when; what is open can be closed, and more can be added."""
    if not section.actions:
        empty = _("No actions are open.")
        st.html(f'<p class="tv-plain">{escape(empty)}</p>')
    for one in section.actions:
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", wrap=False, gap="small"):
            st.html(_action(one), width="stretch")
            if board.book is not None and not frozen and not one.recommended:
                _state(board.book, one)
    if board.book is not None and not frozen:
        _add(board.book, review)


def _action(one: ToDo) -> str:
    state, tone = words.state(one)
    due = _("due {day}").format(day=fmt.day(one.due)) if one.due else _("no date")
    since = _("carried over, since {day}").format(day=fmt.day(one.raised)) if one.carried else ""
    source = _("a recommendation that was taken up") if one.recommended else ""
    below = " · ".join(part for part in (one.owner or _("nobody"), due, since, source) if part)
    mark = f'<i class="tv-word {tone}">{escape(state)}</i>'
    return f'<p class="tv-action {one.state}"><b>{escape(one.text)}</b>{mark}<small>{escape(below)}</small></p>'


def _state(book: Journal, one: ToDo) -> None:
    """Buttons that close an action, or open it again."""

    def turn(state: str) -> None:
        saved.kept(lambda: book.reviews.set_state(one.id, state, author=saved.author()))

    choices = (("done", _("Done"), ":material/check:"), ("dropped", _("Drop"), ":material/close:"))
    for state, label, icon in choices if one.state == "open" else (("open", _("Open again"), ":material/undo:"),):
        said = _("{label}: {action}").format(label=label, action=one.text)
        st.button(label, icon=icon, key=f"{state}-{one.id}", type="tertiary", help=said, on_click=turn, args=(state,))


def _add(book: Journal, review: Review) -> None:
    def save() -> None:
        state = st.session_state
        text, owner, due = str(state["action_text"]), str(state["action_owner"]), state["action_due"]
        saved.kept(lambda: book.reviews.act(review.template, review.last, text, author=saved.author(), owner=owner, due=due))

    with st.form("action", border=False, clear_on_submit=True), st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.text_input(_("New action"), key="action_text", placeholder=_("Who does what?"), width="stretch")
        st.text_input(_("Owner"), key="action_owner", width=170)
        usual = review.last + timedelta(days=14 if review.cadence == "week" else 30)
        st.date_input(_("Due"), value=usual, key="action_due", format=filters.date_order(), width=150)
        st.form_submit_button(_("Add"), icon=":material/add:", on_click=save)


def freeze(board: Board, review: Review) -> None:
    """The button that keeps the review as it is; what is opened then is the frozen one."""
    book = board.book
    if book is None:
        return

    def keep() -> None:
        made = saved.kept(lambda: review_frozen.freeze(reviews.spoken(review, book), book, saved.author()))
        if made is not None:
            st.query_params["id"] = made.id
            st.toast(_("The review is frozen: it will never change."), icon=":material/ac_unit:")

    with st.popover(_("Freeze"), icon=":material/ac_unit:", key="freeze"):
        st.caption(_("Keeps numbers, comments and actions as they stand now, whatever is loaded or defined later."))
        st.button(_("Freeze this review"), type="primary", key="freeze_now", on_click=keep, disabled=not saved.author())
        if not saved.author():
            st.caption(_("Write your name first, at the top of the review."))


def listed(book: Journal) -> None:
    """The reviews that were frozen, each a button that opens it."""
    found = book.reviews.frozen()
    label = ngettext("{count} frozen", "{count} frozen", len(found)).format(count=len(found))
    with st.popover(label, icon=":material/inventory_2:", key="frozen"):
        if not found:
            st.caption(_("None yet. A frozen review keeps what was known on the day of the meeting."))
        for one in found[:50]:
            review = review_frozen.opened(one)
            name = f"{words.title(review)} · {words.days(review)} · {words.by(review, one)}"
            st.button(name, icon=":material/ac_unit:", key=f"open-{one.id}", type="tertiary", on_click=go, args=({"id": one.id},))


def go(asked: Mapping[str, str]) -> None:
    """Opens another review on this page; for callbacks. A link to the page that is open would not stay in the URL."""
    st.query_params.from_dict(dict(asked))


def take_away(board: Board, review: Review, snapshot: Snapshot | None = None) -> None:
    """Files of the review, made when somebody asks for one; a frozen one can be published to Notion as well."""
    with st.popover(_("Share"), icon=":material/ios_share:", key="share-review"):
        for form, (label, ending, mime, icon) in _FILES.items():
            st.download_button(
                _(label),
                spoken(partial(_file, form, review, snapshot)),
                file_name=f"{review.template}_{review.last.isoformat()}.{ending}",
                mime=mime,
                key=f"take-{form}",
                icon=icon,
                on_click="ignore",
                width="stretch",
            )
        if snapshot is not None and board.book is not None:
            _publish(board, board.book, review, snapshot)
        elif board.book is not None:
            st.caption(_("A review can be published to Notion once it is frozen."))


def _file(form: str, review: Review, snapshot: Snapshot | None) -> bytes:
    from pages.components import review_files  # only whoever takes one away waits for it

    return review_files.WRITERS[form](review, snapshot)


def _publish(board: Board, book: Journal, review: Review, snapshot: Snapshot) -> None:
    """A button for each Notion source that names a page for reviews; the worker publishes, once."""
    sources = board.layer.workspace.sources
    found = [name for name, block in sources.items() if block.get("connector") == "notion" and block.get(_PAGE)]
    if not found:
        said = _("To publish to Notion, let a Notion source in sources.yml name the page for reviews: {setting}: PAGE_ID")
        st.caption(said.format(setting=_PAGE))
    for name in found:
        key = f"publish:{name}:{snapshot.id}"
        job = book.jobs.latest(key)
        ask: Callable[[], None] = partial(_ask, book, name, key, review, snapshot)
        label = _("Publish to Notion ({source})").format(source=name)
        st.button(label, icon=":material/publish:", key=key, width="stretch", on_click=ask, disabled=bool(job and job.open))
        if job is not None and job.state == "done" and job.result:
            url, word = str(job.result["url"]), _("Open the page in Notion")
            st.html(f'<a href="{escape(quote(url, safe=":/?=&#%-_."))}">{escape(word)}</a>')
        elif job is not None:
            loading.followed(board, book, job)


def _ask(book: Journal, source: str, key: str, review: Review, snapshot: Snapshot) -> None:
    from pages.components import review_files

    title = f"{words.title(review)} · {words.days(review)}"
    arguments = {"source": source, "id": snapshot.id, "title": title, "blocks": review_files.blocks(review, snapshot)}
    saved.kept(lambda: book.jobs.request("publish", arguments, key=key, author=saved.author()))
