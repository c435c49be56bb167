"""Before there are numbers: how far the demo company is made, or what to do so that one's own data comes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import streamlit as st

from data.workspace import Workspace
from pages.components import places, states
from pages.components.i18n import _


class Job(Protocol):
    """A load at work in the background: see `launcher.Job`."""

    @property
    def name(self) -> str:
        """`demo` or `sync`."""
        ...

    @property
    def lines(self) -> list[str]:
        """What it wrote last."""
        ...

    @property
    def share(self) -> float:
        """How much of it is done, 0 to 1."""
        ...

    @property
    def ended(self) -> int | None:
        """Its exit code; None while it runs."""
        ...

    @property
    def running(self) -> bool:
        """Whether it is still at work."""
        ...


class Starter(Protocol):
    """What can load the workspace: see `launcher.Launcher`."""

    @property
    def job(self) -> Job | None:
        """The load at work, or the last one."""
        ...

    def load(self, name: str = "sync") -> None:
        """Loads the sources (`sync`) or makes the demo company here (`demo`), in the background."""
        ...


def show(starter: Starter, workspace: Workspace) -> None:
    """Draws the state of a workspace without a generation; the page goes on by itself once one is published."""
    with st.container(key="card-first", gap="small"):
        job = starter.job
        if job is not None and job.running:
            _working(starter)
        elif job is not None and job.ended:
            _failed(job, starter)
        elif workspace.sources:
            _ready(list(workspace.sources), starter)
        else:
            _nothing(workspace, starter)


@st.fragment(run_every=0.5)
def _working(starter: Starter) -> None:
    job = starter.job
    if job is None or not job.running:
        st.rerun()
    demo = job.name == "demo"
    title = _("Making the demo company") if demo else _("Loading your data")
    said = _("400 accounts, 18 months, half a million events. This happens once and takes a few seconds.") if demo else ""
    st.html(f'<div class="tv-title"><h2>{title}</h2><p>{said}</p></div>')
    # Of the demo, 0.4 is writing; of a load, the last tenth is what follows from the rows.
    begins = {_("Writing its files"): 0.0, _("Loading them"): 0.4, _("Checking and publishing"): 0.94 if demo else 0.9}
    names = list(begins)[0 if demo else 1 :]
    st.progress(job.share)
    st.html(states.steps(names, sum(job.share >= begins[name] for name in names[1:])))
    st.caption(job.lines[-1] if job.lines else _("Starting …"))


def _failed(job: Job, starter: Starter) -> None:
    states.notice(_("The load failed"), _("This is what it said last. Mend it, then try again."))
    st.code("\n".join(job.lines[-12:]), language=None)
    st.button(_("Try again"), icon=":material/refresh:", type="primary", on_click=starter.load, args=(job.name,))


def _ready(sources: Sequence[str], starter: Starter) -> None:
    said = _("sources.yml names {sources}. Nothing was loaded yet.").format(sources=", ".join(sources))
    states.notice(_("Ready to load"), said)
    st.button(_("Load now"), icon=":material/play_arrow:", type="primary", on_click=starter.load)
    st.caption(_("Or on the command line:"))
    st.code("python -m connectors sync", language="sh")


def _nothing(workspace: Workspace, starter: Starter) -> None:
    states.notice(_("This workspace is empty"), _("Connect the tools that you run, or write a sources.yml that says which files to load:"))
    places.link("connect", _("Connect a tool"), icon=":material/cable:")
    st.code(
        "company: {name: Acme, timezone: Europe/Paris, currency: EUR}\n"
        "sources:\n"
        "  exports:\n"
        "    connector: files\n"
        "    path: exports\n"
        "    tables:\n"
        "      account:\n"
        "        file: accounts.csv\n"
        "        columns: {account_id: id, name: name, plan: plan, created_at: created}\n",
        language="yaml",
    )
    st.caption(_("Its place: {folder}. Then load it:").format(folder=workspace.root))
    st.code("python -m connectors sync", language="sh")
    st.caption(_("Or look around first, with a company that is made up:"))
    st.button(_("Make the demo company here"), icon=":material/auto_awesome:", on_click=starter.load, args=("demo",))
