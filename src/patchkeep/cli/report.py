"""`patchkeep report`: shows what the database knows, before our first write to AWS and now, in the format that is asked for.

The numbers are folded in `domain/report` and written by `formats/`; AWS is asked nothing, and nothing is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from patchkeep.cli._options import FILE, opened, policy_option, save, writable
from patchkeep.cli._seen import latest

if TYPE_CHECKING:
    from patchkeep.domain.report import Report


@click.command(epilog="Example: patchkeep report --format html -o report.html")
@policy_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["human", "json", "csv", "html"]),
    default="human",
    show_default=True,
    help="html: one page that prints well; json and csv for programs.",
)
@click.option("-o", "--output", metavar="FILE", type=FILE, callback=writable, help="Write to FILE instead of standard output.")
@click.option("--no-fail", is_flag=True, help="Exit 0 whatever the report says.")
@click.pass_context
def command(ctx: click.Context, policy: str, form: str, output: str | None, no_fail: bool) -> None:
    """Report compliance, coverage, exposure windows and SLA, before our first write to AWS and now.

    Exit status 1 when anything is NON_COMPLIANT, UNKNOWN or overdue, unless --no-fail.
    """
    from patchkeep.work.report import first_change, report

    with opened(ctx, policy) as house:
        assessment = latest(house)
        made = report(assessment, house.store.snapshots, first_change(house.store.rollouts))
    text = render(made, form)
    if output:
        save(output, text)
        click.echo(f"Wrote {output}.")
    else:
        click.echo(text, nl=False)
    good = assessment.proven and not any(row.overdue for row in made.slas)
    ctx.exit(0 if good or no_fail else 1)


def render(made: Report, form: str) -> str:
    """The report in one of its formats; only that one is imported."""
    from patchkeep.formats import report_csv, report_html, report_json, report_text

    formats = {"human": report_text, "json": report_json, "csv": report_csv, "html": report_html}
    return str(formats[form].render(made))
