"""`cape worker`: a worker of a cluster.

Belongs here: its arguments and what it prints. Does not belong here: the work, which is one function elsewhere.
"""

import os
from typing import Annotated

import typer

from cape_pipeline.commands.terminal import err, fail, settings_of_environment


def worker(
    name: Annotated[
        str, typer.Option(help="Its name among the workers of this machine; default one of its own", metavar="NAME")
    ] = "",
) -> None:
    """Take months from the broker and build them, one at a time. Ends with Ctrl-C.

    For installations on several machines (CAPE_EXECUTOR=celery). The settings
    come from the environment and are those of the machine that runs cape run;
    deploy/README.md says how many workers, and how large.

    Example: cape worker --name monday
    """
    from cape_pipeline.cluster.broker import ClusterUnusable
    from cape_pipeline.cluster.worker import become_worker

    settings = settings_of_environment()
    own = name or f"cape-{os.getpid()}"
    err.print(f"Worker {own} takes months from the broker.   Ctrl-C ends it", highlight=False)
    try:
        become_worker(settings, own)
    except ClusterUnusable as error:
        fail(str(error))
