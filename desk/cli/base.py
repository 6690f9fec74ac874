"""What every command shares: the desk it stands on, and how mistakes and failures are told."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from desk.text import line
from storage.errors import BadSetting, BridgesError, NotFound, nearest

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from storage.settings import Settings

FAILED, WRONG_USAGE, INTERRUPTED = 1, 2, 130

_F = TypeVar("_F", bound=Callable[..., Any])


@dataclass
class Desk:
    """Where a command stands: its clock, its settings, its database; each made when first used."""

    stated_now: datetime | None = None
    debug: bool = False

    @cached_property
    def now(self) -> datetime:
        """The moment every answer is for, in UTC: ``--now``, or else the clock."""
        return (self.stated_now or datetime.now(UTC)).astimezone(UTC)

    @cached_property
    def settings(self) -> Settings:
        from storage.settings import load_settings

        return load_settings()

    @cached_property
    def engine(self) -> Engine:
        from storage.database import open_database

        return self._closed_at_the_end(open_database(self.settings.database_url))

    @staticmethod
    def _closed_at_the_end(engine: Engine) -> Engine:
        click.get_current_context().find_root().call_on_close(engine.dispose)
        return engine

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """Return a connection that neither writes nor waits for those who do."""
        from storage.database import opened, reading

        if "engine" in vars(self):
            with reading(self.engine) as connection:
                yield connection
        else:
            with opened(self.settings.database_url) as connection:
                self.engine = self._closed_at_the_end(connection.engine)
                yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """Return a connection whose work is kept at the end, or not at all."""
        with self.engine.begin() as connection:
            yield connection


pass_desk = click.make_pass_decorator(Desk)


def json_option(command: _F) -> _F:
    """Add ``--json`` to a command."""
    told = "Answer in JSON; a list is one object a line."
    return click.option("--json", "as_json", is_flag=True, help=told)(command)


def note(message: str) -> None:
    """Say something about the work, on stderr."""
    click.echo(line(message), err=True)


def finish(code: int) -> NoReturn:
    """End the command with ``code``."""
    click.get_current_context().exit(code)


class Group(click.Group):
    """A group that lists its commands as a day goes, and answers unknown ones with the nearest."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's signature)
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            close = nearest(name, self.list_commands(ctx))
            hint = f"; nearest: {', '.join(close)}" if close else ""
            ctx.fail(f"no command {line(name)!r} in {ctx.command_path}{hint}")
        return super().resolve_command(ctx, args)


class Program(Group):
    """The whole command line. It turns every way a command can end into its exit code."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **named: Any) -> Any:
        """Run; like click's, but an interrupted program says so with the usual exit code."""
        try:
            return super().main(args, *rest, **named)
        except KeyboardInterrupt:
            sys.exit(INTERRUPTED)

    def invoke(self, ctx: click.Context) -> Any:
        code: int | None = None
        try:
            try:
                return super().invoke(ctx)
            except click.exceptions.Exit as ended:
                code = ended.exit_code
                raise
            finally:
                sys.stdout.flush()
        except (click.exceptions.Exit, click.ClickException, click.Abort):
            raise
        except BrokenPipeError:
            _leave_pipe()
            ctx.exit(code or 0)
        except KeyboardInterrupt:
            note("Stopped. What was finished is kept.")
            ctx.exit(INTERRUPTED)
        except BridgesError as error:
            _explain(ctx, error)
            ctx.exit(exit_code(error))
        except UnicodeEncodeError as error:
            _explain(ctx, error)
            ctx.exit(WRONG_USAGE)
        except MemoryError:
            note("Error: the memory is full; close other programs and try again.")
            ctx.exit(FAILED)
        except Exception as error:  # the last door: told in one line, or in full
            _explain(ctx, error)
            ctx.exit(FAILED)


def exit_code(error: BridgesError) -> int:
    """Wrong usage is what was asked wrongly: an unknown name, a wrong setting."""
    return WRONG_USAGE if isinstance(error, NotFound | BadSetting) else FAILED


def _explain(ctx: click.Context, error: Exception) -> None:
    if isinstance(ctx.obj, Desk) and ctx.obj.debug:
        click.echo("".join(traceback.format_exception(error)), err=True)
    if isinstance(error, BridgesError):
        note(f"Error: {error}")
    elif isinstance(error, UnicodeEncodeError):
        note(f"Error: {ascii(error.object)[:60]} is not text in UTF-8; type it again")
    elif isinstance(error, OSError):
        what = f"{error.filename}: " if error.filename else ""
        note(f"Error: {what}{error.strerror or error}{_remedy(error)}")
    else:
        kind = type(error).__name__
        note(
            f"Error: something unforeseen happened ({kind}: {line(str(error))[:200]});"
            " run the same with `bridges --debug …` to see where"
        )


def _remedy(error: OSError) -> str:
    """What to do about a file or folder; nothing where the reason says it already."""
    if isinstance(error, PermissionError):
        return "; change its permissions, or name another place"
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "; make the folder first, or name another place"
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "; free some space and try again"
    return ""


def _leave_pipe() -> None:
    """Point stdout nowhere, so that Python does not complain once more when it ends."""
    with contextlib.suppress(OSError, ValueError):  # a test's stdout has no number
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
