"""The command line. Thin: every command calls a function elsewhere, imported only when it runs."""

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from .config import LOG_LEVELS, Settings
from .core.console import CannotStart
from .core.console import text as _

FLAGS: tuple[Callable[..., Any], ...] = (
    click.option("--data", type=click.Path(file_okay=False), help=_("The folder that holds everything.")),
    click.option("--host", help=_("The address to listen on.")),
    click.option("--port", type=int, help=_("The port to listen on.")),
    click.option("--lan/--no-lan", default=None, help=_("Let phones and computers in this network connect.")),
    click.option("--base-url", help=_("The public address, such as https://crm.example.com.")),
    click.option("--trusted-proxy", help=_("The address of the reverse proxy whose headers are believed.")),
    click.option("--database-url", help=_("A PostgreSQL database instead of the file in the data folder.")),
    click.option("--redis-url", help=_("A Redis server for jobs instead of the file in the data folder.")),
    click.option("--log-level", type=click.Choice(LOG_LEVELS, case_sensitive=False), help=_("How much to log.")),
    click.option("--threads", type=int, help=_("How many requests are answered at the same time.")),
    click.option("--workers", type=int, help=_("How many jobs are done at the same time.")),
)


def with_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the flags of all settings, and the settings as its first argument."""
    names = set(Settings.__dataclass_fields__)

    @wraps(command)
    def run(**values: Any) -> None:
        flags = {name: value for name, value in values.items() if name in names}
        rest = {name: value for name, value in values.items() if name not in names}
        command(Settings.load(flags), **rest)

    for flag in reversed(FLAGS):
        run = flag(run)
    return run


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name=None, version="0.1.0", prog_name="smallcrm")
@click.pass_context
def cli(context: click.Context) -> None:
    """A customer-management system that a small company runs by itself."""
    if context.invoked_subcommand is None:
        context.invoke(serve)


@cli.command(help=_("Serve the pages and do the background work (the default)."))
@with_settings
def serve(settings: Settings) -> None:
    from .core import start

    start.serve(settings, lambda text: click.echo(text))


@cli.command(help=_("Show every setting and where its value came from."))
@with_settings
def config(settings: Settings) -> None:
    rows = settings.shown()
    for name, value, source in rows:
        click.echo(f"{name:<14} {value or '-':<40} {source}")


@cli.command(help=_("Set the company up without a browser."))
@click.option("--company", required=True, help=_("The company's name."))
@click.option("--email", required=True, help=_("The administrator's e-mail address."))
@click.option("--name", help=_("The administrator's name."))
@click.option("--timezone", help=_("The company's time zone, such as Asia/Shanghai."))
@click.option("--password-stdin", is_flag=True, help=_("Read the password from standard input."))
@click.option("--example-data", is_flag=True, help=_("Add a believable example company."))
@with_settings
def setup(settings: Settings, company: str, email: str, password_stdin: bool, example_data: bool, **who: Any) -> None:
    from flask_babel import force_locale

    from .core import start
    from .core.console import language
    from .core.errors import Invalid, Refused

    password = _password(password_stdin)
    with start.opened(settings) as app, app.app_context(), force_locale(language()):
        from .users.setup import run_setup

        try:
            run_setup(company, email, password, example=example_data, **who)
        except Invalid as error:
            raise CannotStart(" ".join(str(each) for each in error.errors.values()))
        except Refused as error:
            raise CannotStart(str(error))
    click.echo(_("%(company)s is set up. Start smallcrm and sign in as %(email)s.", company=company, email=email))


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt(_("Password"), hide_input=True, confirmation_prompt=True))


@cli.command("import", help=_("Import the rows of a file into a module."))
@click.argument("entity")
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--as", "email", required=True, help=_("As whom, by e-mail address."))
@click.option("--trial", is_flag=True, help=_("Only check; write nothing."))
@click.option(
    "--mode",
    type=click.Choice(("create", "upsert", "update")),
    default="create",
    help=_("What happens to records that exist: create skips them, upsert and update change them."),
)
@click.option("--match", help=_("The field (key or label) by which a record is recognised."))
@click.option("--json", "as_json", is_flag=True, help=_("Print the counts as JSON."))
@with_settings
def import_(settings: Settings, entity: str, file: str, email: str, trial: bool, as_json: bool, **how: Any) -> None:
    from flask_babel import force_locale

    from .core import start
    from .core.console import language

    with start.opened(settings) as app, app.app_context(), force_locale(language()):
        from .transfer import commands

        result = commands.import_file(entity, Path(file).absolute(), email, only_trial=trial, **how)
        click.echo(commands.as_text(result, as_json))


@cli.command("export", help=_("Export the records of a module to a file."))
@click.argument("entity")
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--as", "email", required=True, help=_("As whom, by e-mail address."))
@with_settings
def export(settings: Settings, entity: str, file: str, email: str) -> None:
    from flask_babel import force_locale

    from .core import start
    from .core.console import language

    with start.opened(settings) as app, app.app_context(), force_locale(language()):
        from .transfer import commands

        rows = commands.export_file(entity, Path(file).absolute(), email)
    click.echo(_("Exported %(rows)s rows to %(path)s.", rows=f"{rows:,}", path=file))


@cli.group(help=_("Accounts, when nobody can sign in any more."))
def user() -> None:
    pass


@user.command("password", help=_("Give somebody a new password; they are signed out everywhere."))
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help=_("Read the password from standard input."))
@with_settings
def user_password(settings: Settings, email: str, password_stdin: bool) -> None:
    from flask_babel import force_locale

    from .core import start
    from .core.console import language
    from .core.errors import Invalid, Refused

    password = _password(password_stdin)
    with start.beside(settings) as app, app.app_context(), force_locale(language()):
        from .users import operations

        try:
            found = operations.recover(email, password)
        except Invalid as error:
            raise CannotStart(" ".join(str(each) for each in error.errors.values()))
        except Refused as error:
            raise CannotStart(str(error))
        click.echo(_("%(name)s can sign in with the new password.", name=found.name))


@cli.group(help=_("Tokens for programs that use the API."))
def token() -> None:
    pass


@token.command("create", help=_("Make a token and print it."))
@click.option("--user", "email", required=True, help=_("The e-mail address of the person it acts as."))
@click.option("--name", required=True, help=_("What it is for."))
@click.option("--scope", default="read", show_default=True, help=_("read, or read,write."))
@click.option("--days", type=int, default=365, show_default=True, help=_("For how many days it works, at most 365."))
@with_settings
def token_create(settings: Settings, email: str, name: str, scope: str, days: int) -> None:
    from flask_babel import force_locale

    from .core import start
    from .core.console import language
    from .core.errors import Invalid, Refused

    with start.beside(settings) as app, app.app_context(), force_locale(language()):
        from .users import api_tokens

        try:
            click.echo(api_tokens.create_for(email, name, scope, days))
        except Invalid as error:
            raise CannotStart(" ".join(error.errors.values()))
        except Refused as error:
            raise CannotStart(str(error))


@cli.group(help=_("The search index."))
def search() -> None:
    pass


@search.command("rebuild", help=_("Index every record again; the server may go on running."))
@with_settings
def search_rebuild(settings: Settings) -> None:
    from .core import start

    with start.beside(settings) as app, app.app_context():
        from .search import rebuilding

        rebuilding.request()
        count = rebuilding.work()
    click.echo(_("%(count)s records are in the search index.", count=f"{count:,}"))


@cli.group(help=_("Translations, for developers."))
def translations() -> None:
    pass


@translations.command("compile", help=_("Compile the translations of all rooms into one file."))
def translations_compile() -> None:
    from .core import translations

    click.echo(str(translations.compile_all()))


@translations.command("check", help=_("List what is not translated or translated wrongly."))
def translations_check() -> None:
    from .core import translations

    problems = translations.problems()
    for problem in problems:
        click.echo(problem)
    if problems:
        raise CannotStart(_("%(count)s problems in the translations.", count=len(problems)))


@cli.group(help=_("The database schema, for developers."))
def schema() -> None:
    pass


@schema.command("new", help=_("Write a migration from what changed in the models."))
@click.argument("message")
@with_settings
def schema_new(settings: Settings, message: str) -> None:
    from .core import migrations, start

    with start.opened(settings) as app, app.app_context():
        migrations.new_revision(app, message)


@schema.command("upgrade", help=_("Bring the database to the newest schema without serving."))
@with_settings
def schema_upgrade(settings: Settings) -> None:
    from .core import migrations, start

    with start.opened(settings):
        click.echo(", ".join(sorted(migrations.heads())))


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; exit code 1 and one line for what cannot be done, never a traceback for it."""
    if arguments is None:
        arguments = sys.argv[1:]
    # No command means serve, also with flags: `run.py --lan`.
    if not arguments or (arguments[0].startswith("-") and arguments[0] not in ("-h", "--help", "--version")):
        arguments = ["serve", *arguments]
    try:
        cli.main(arguments, prog_name="smallcrm", standalone_mode=True)
    except CannotStart as error:
        click.echo(f"smallcrm: {error}", err=True)
        sys.exit(1)
