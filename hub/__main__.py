"""``python -m warehouse <command>``: the command line behind the Makefile's targets.

Exit codes: 0 done; 1 the published marts differ from the sandbox's truth; 2 a setting or declaration is
wrong, or the request cannot be carried out as asked; 3 feeds could not be loaded; 4 a gate refused; 5
database, Airflow or the stand-in city failed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

import psycopg2

from connectors.errors import HubError
from connectors.masking import mask_text
from hub import terminal
from hub.commands import operations, recovery
from hub.settings import HubSettings
from warehouse.errors import ServerError
from warehouse.store import outages

_STOPPED_BY_HAND = 130
_NOBODY_READS = 141


def main(arguments: list[str] | None = None) -> int:
    """Runs one command and returns its exit code.

    A known error is printed as one message, never as a traceback.
    """
    terminal.escape_unprintable()
    parsed = _parser().parse_args(terminal.typed_arguments(arguments))
    try:
        parsed.command(parsed)
    except HubError as error:
        say(f"error: {error}")
        return error.exit_code
    except psycopg2.Error as error:
        # lost or refused in the middle of something; the text of the error may repeat a row
        say(f"error: {mask_text('database: ' + outages.describe(error))}")
        return ServerError.exit_code
    except KeyboardInterrupt:
        say("stopped")
        return _STOPPED_BY_HAND
    except BrokenPipeError:
        terminal.discard_output()
        return _NOBODY_READS
    return 0


def say(line: str) -> None:
    """Prints a line for the person at the terminal, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _settings() -> HubSettings:
    from hub import city_process

    return city_process.with_own_home(HubSettings.from_env())


def _run(_: argparse.Namespace) -> None:
    from hub.processes import stoppable
    from hub.run_day import run_day

    with stoppable():
        run_day(_settings(), say)


def _up(_: argparse.Namespace) -> None:
    from hub.commands import operate
    from hub.processes import stoppable

    with stoppable():
        operate.up(_settings(), say)


def _down(_: argparse.Namespace) -> None:
    from hub import stack

    settings = _settings()
    stack.down(settings)
    say(f"nothing of {settings.hub_home} is running any more")


def _verify(_: argparse.Namespace) -> None:
    from sandbox.verify.verify import verify

    settings = _settings()
    verify(settings, settings.city, say)


def _backfill(parsed: argparse.Namespace) -> None:
    from hub.commands import operate
    from hub.processes import stoppable

    with stoppable():
        operate.backfill(
            _settings(),
            parsed.feed,
            parsed.first,
            parsed.last,
            say,
            refresh=parsed.refresh,
            reconcile=parsed.reconcile,
        )


def _status(_: argparse.Namespace) -> None:
    from hub import status

    status.show(_settings(), say)


def _migrate(_: argparse.Namespace) -> None:
    from warehouse.schema.migrate import migrate
    from warehouse.store.postgres import server

    settings = _settings()
    with server.running(settings):
        applied = migrate(settings)
    say("applied: " + (", ".join(applied) or "nothing, the schema is up to date"))


def _on_database(run: operations.Run) -> Callable[[argparse.Namespace], None]:
    """Wraps a command that needs the database: starts it for the command if it is down."""

    def command(parsed: argparse.Namespace) -> None:
        from warehouse.store.postgres import server

        settings = _settings()
        with server.running(settings):
            run(parsed, settings, say)

    return command


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m warehouse", description="The civil affairs data hub")
    commands = parser.add_subparsers(required=True, metavar="command")

    def command(
        name: str, function: Callable[[argparse.Namespace], None], text: str
    ) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text)
        made.set_defaults(command=function)
        return made

    command("run", _run, "run AS_OF from the feeds to the published marts")
    command("up", _up, "start database, stand-in city and Airflow and leave them running")
    command("down", _down, "stop everything")
    command("verify", _verify, "compare what was published with the sandbox's truth")
    command("status", _status, "what runs, what is published, what is wrong and what to do")
    command("migrate", _migrate, "bring the database's schema up to date")
    for room in (operations, recovery):
        room.add_commands(lambda name, run, text: command(name, _on_database(run), text))
    backfill = command("backfill", _backfill, "load a feed for past days")
    backfill.add_argument("--feed", required=True)
    backfill.add_argument(
        "--from", dest="first", type=operations.typed_day, required=True, metavar="YYYY-MM-DD"
    )
    backfill.add_argument("--to", dest="last", type=operations.typed_day, required=True, metavar="YYYY-MM-DD")
    backfill.add_argument("--refresh", action="store_true", help="pull again what is loaded already")
    backfill.add_argument(
        "--reconcile", action="store_true", help="read a delta's whole source: losses and silent deletions"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
