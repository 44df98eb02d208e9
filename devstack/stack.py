"""The embedded stack: PostgreSQL, Temporal, mail, bank, signer, API and worker on one machine, behind `holdfast up`.

    async with Stack() as stack:
        print(stack.urls["api_docs"])
        await stack.until_stopped()

State is kept between runs, in one folder (default `.holdfast` below the current one). An outside PostgreSQL or Temporal
is used instead of an embedded one when HOLDFAST_DATABASE_URL, HOLDFAST_BANK_DATABASE_URL, HOLDFAST_SIGNER_DATABASE_URL
or TEMPORAL_ADDRESS is set.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from devstack.errors import StackError
from devstack.files import read_json, write_private_json
from devstack.interruption import Interruption
from devstack.ports import Claims, choose_ports
from devstack.preparations import GAS, PREPARATIONS, Preparation
from devstack.process import Launch
from devstack.programs import CONSOLE, PROGRAMS, Program, console_settings
from devstack.site import PORTS, ROLES, Site
from devstack.state import StateFolder
from devstack.supervisor import Part, Step, Supervisor
from devstack.temporal import TemporalServer, prepare_namespace, prepare_outside

DEFAULT_FOLDER = Path(".holdfast")


class Stack:
    """All parts of one state folder, started together and kept running until `stop`.

    `fresh` empties the folder first; `environment` (default: this process's) may name ports and outside servers;
    `report` gets the lines for the console; `preparations` and `programs` are the parts beside PostgreSQL and Temporal.
    Errors are StackErrors.
    """

    def __init__(
        self,
        folder: Path | str | None = None,
        *,
        fresh: bool = False,
        environment: Mapping[str, str] | None = None,
        report: Callable[[str], None] = print,
        preparations: Sequence[Preparation] = PREPARATIONS,
        programs: Sequence[Program] = PROGRAMS,
    ) -> None:
        self.state = StateFolder(Path(folder or DEFAULT_FOLDER))
        self._fresh = fresh
        self._environment = environment
        self._report = report
        self._preparations = preparations
        self._programs = {program.name: program for program in programs}
        self._claims = Claims()
        self._site: Site | None = None
        self._supervisor: Supervisor | None = None
        self._interruption = Interruption(self._kill_all)

    # --- life

    async def __aenter__(self) -> Stack:
        self._interruption.__enter__()
        try:
            await self.start()
        except BaseException as error:
            await self._leave(error)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._leave(error)

    async def _leave(self, error: BaseException | None) -> None:
        """Stop; a signal that ended the body becomes the exit status that shells expect."""
        try:
            await self.stop()
        finally:
            self._interruption.__exit__(None, None, None)
        if isinstance(error, asyncio.CancelledError) and self._interruption.number is not None:
            raise SystemExit(128 + self._interruption.number)

    async def start(self) -> None:
        """Start all parts; returns when each is ready. After an error, `stop` ends those that were started."""
        await self.state.open(fresh=self._fresh)
        ports = choose_ports(PORTS, self.state.path / "ports.json", self._claims, self._environment)
        self._site = site = Site(self.state, ports, self._environment)
        self._supervisor = supervisor = Supervisor(self.state.logs, self._report)
        await supervisor.start_all(
            [
                self._postgres(site),
                Step("databases", lambda: self._make_databases(site), after=("postgres",)),
                self._temporal(site),
                *(preparation.step(site) for preparation in self._preparations),
                *(program.part(site) for program in self._programs.values()),
                *([GAS.step(site)] if self._programs.keys() >= set(GAS.after) else []),
            ]
        )
        commands = [CONSOLE] if self._programs.keys() >= {"api", "worker", "bank"} else []
        environments = {name: self.environment(name) for name in (*self._programs, *commands)}
        write_private_json(self.state.path / "environment.json", environments)

    async def stop(self) -> None:
        """Stop every part in reverse order, even if this task is cancelled meanwhile. Safe to repeat."""
        stopping = asyncio.ensure_future(self._stop())
        while not stopping.done():
            try:
                await asyncio.wait({stopping})
            except asyncio.CancelledError:
                continue
        stopping.result()

    async def _stop(self) -> None:
        if self._supervisor is not None:
            await self._supervisor.stop()
            self._supervisor = None
        self._claims.release()
        self.state.close()

    async def until_stopped(self) -> None:
        """Return at Ctrl-C, SIGTERM or SIGHUP."""
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if self._interruption.number is None or task is None:
                raise
            task.uncancel()

    def _kill_all(self) -> None:
        if self._supervisor is not None:
            self._supervisor.kill_all()

    # --- for callers

    @property
    def urls(self) -> dict[str, str]:
        """api, api_docs, bank, bank_docs, mail, and temporal_ui unless Temporal is an outside one."""
        return self._at().urls()

    @property
    def site(self) -> Site:
        """Databases, ports and secrets of the running stack, such as `site.secret(site.bank_key("admin"))`."""
        return self._at()

    @property
    def pids(self) -> dict[str, int]:
        return self._running().pids()

    @property
    def logs(self) -> dict[str, Path]:
        return {name: self._running().log(name) for name in self.pids}

    def pid(self, name: str) -> int:
        """The pid of the newest process of a part: postgres, temporal, mail, bank, signer, api or worker."""
        return self._running().pid(name)

    def kill(self, name: str) -> int:
        """SIGKILL a part as a drill; returns the killed pid. The part is restarted: see `wait_ready`."""
        return self._running().kill(name)

    async def wait_ready(self, name: str, within_s: float = 60.0) -> int:
        """Wait until a part is ready (after `kill`: again) and return its pid. Raises NotReady."""
        return await self._running().wait_ready(name, within_s)

    def environment(self, name: str) -> dict[str, str]:
        """The HOLDFAST_… and TEMPORAL_… variables that the program `name` was given; they contain secrets.

        `console` is the command line: it also migrates and audits, which no program does.
        """
        settings = console_settings if name == CONSOLE else self._programs[name].settings
        return dict(settings(self._at()))

    def _at(self) -> Site:
        if self._site is None:
            raise StackError("the stack is not started")
        return self._site

    def _running(self) -> Supervisor:
        if self._supervisor is None:
            raise StackError("the stack is not started")
        return self._supervisor

    # --- the two servers

    def _postgres(self, site: Site) -> Part | Step:
        if not site.own_databases:
            return Step("postgres", _nothing)

        async def launch() -> Launch:
            return _holding(site, await site.postgres.launch())

        return Part("postgres", launch, site.postgres.answers)

    async def _make_databases(self, site: Site) -> None:
        if site.own_databases:
            await site.postgres.ensure_roles()
        for name in site.own_databases:
            await site.postgres.create_database(name)
            await site.postgres.keep_apart(name, *ROLES[name])

    def _temporal(self, site: Site) -> Part | Step:
        if not site.own_temporal:
            return Step("temporal", lambda: prepare_outside(site.environment))
        server = TemporalServer(self.state.path / "temporal", site.ports["temporal"], site.ports["temporal_ui"])

        async def launch() -> Launch:
            return _holding(site, server.launch())

        async def ready() -> bool:
            return await prepare_namespace(server.address)

        return Part("temporal", launch, ready)


def _holding(site: Site, launch: Launch) -> Launch:
    """The launch, with the state folder's lock inherited by its processes."""
    return replace(launch, keep_fds=(*launch.keep_fds, site.state.share_lock()))


def load_environment(folder: Path | str | None, program: str) -> dict[str, str]:
    """The variables of a program at the last start in `folder`; {} if there was none."""
    environments = read_json(Path(folder or DEFAULT_FOLDER) / "environment.json")
    return {str(name): str(value) for name, value in environments.get(program, {}).items()}


async def _nothing() -> None:
    return None
