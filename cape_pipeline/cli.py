"""`cape …`: the commands put together.

Belongs here: which commands there are, and in which order. Does not belong here: a command (its own module in
`commands/`, which imports what it needs only when it runs), and any work.
"""

import typer

from cape_pipeline.commands.calibrate import calibrate
from cape_pipeline.commands.check import check
from cape_pipeline.commands.close import close
from cape_pipeline.commands.demo import demo
from cape_pipeline.commands.explain import explain
from cape_pipeline.commands.history import history
from cape_pipeline.commands.interest import interest
from cape_pipeline.commands.packet import packet
from cape_pipeline.commands.redact import redact
from cape_pipeline.commands.registry import begin_registry, diff, pages
from cape_pipeline.commands.restore import restore
from cape_pipeline.commands.run import run
from cape_pipeline.commands.sample import sample
from cape_pipeline.commands.sql import sql
from cape_pipeline.commands.start import Commands, begin
from cape_pipeline.commands.ui import ui
from cape_pipeline.commands.verify import verify
from cape_pipeline.commands.worker import worker

app = typer.Typer(
    name="cape",
    cls=Commands,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
registry_app = typer.Typer(name="registry")

app.callback(invoke_without_command=True)(begin)
app.command()(demo)
app.command()(run)
app.command()(check)
app.command()(explain)
app.command()(packet)
app.command()(sql)
app.command()(history)
app.command()(interest)
app.command()(calibrate)
app.command()(close)
app.command()(verify)
app.command()(restore)
app.command()(sample)
app.command()(redact)
app.command()(ui)
app.command()(worker)
registry_app.callback(invoke_without_command=True)(begin_registry)
registry_app.command()(pages)
registry_app.command()(diff)
app.add_typer(registry_app)


def main() -> None:
    """The console script."""
    app()


if __name__ == "__main__":
    main()
