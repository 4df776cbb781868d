"""`patchkeep export ...`: member roles and upgrade rollout policies as files for those who make them. Offline: AWS is asked nothing.

What the roles may do is computed in `permissions/` from the calls in the code and from the policy file.
"""

from __future__ import annotations

import json

import click

from patchkeep.cli._options import FILE, policy_option, save, writable


@click.group(epilog="Example: patchkeep export cloudformation > roles.json")
def command() -> None:
    """Write the member accounts' roles for CloudFormation or Terraform. Offline: nothing is made in AWS."""


@command.command(epilog="Example: patchkeep export cloudformation -o roles.json")
@policy_option
@click.option("-o", "--output", metavar="FILE", type=FILE, callback=writable, help="Write here instead of standard output.")
@click.pass_context
def cloudformation(ctx: click.Context, policy: str, output: str | None) -> None:
    """Write a template for a StackSet over all accounts: read role, and write role where its parameter says so.

    Parameters: Principal (who runs Patchkeep), ExternalId, WithWriteRole (default false). A StackSet leaves out the management
    account: make a stack of the same template there.
    """
    from patchkeep.cli._roles import member_roles, policy_at
    from patchkeep.formats.cloudformation import ACCOUNT, PARTITION, template
    from patchkeep.permissions.statements import Place

    text = template(member_roles(policy_at(ctx, policy), Place(PARTITION, ACCOUNT)))
    if output:
        save(output, text)
        click.echo(f"{output} written.", err=True)
    else:
        click.echo(text, nl=False)


@command.command(epilog="Example: patchkeep export terraform --dir modules/patchkeep-roles")
@policy_option
@click.option("--dir", "folder", metavar="DIR", type=click.Path(file_okay=False), help="Write main.tf and so on there.")
@click.pass_context
def terraform(ctx: click.Context, policy: str, folder: str | None) -> None:
    """Write a module for one account: read role, and write role where its variable says so.

    Variables: principal (who runs Patchkeep), external_id, with_write_role (default false). Without --dir all of it goes to standard
    output as one file.
    """
    from pathlib import Path

    from patchkeep.cli._roles import member_roles, policy_at
    from patchkeep.formats.terraform import ACCOUNT, PARTITION, module
    from patchkeep.permissions.statements import Place

    files = module(member_roles(policy_at(ctx, policy), Place(PARTITION, ACCOUNT)))
    if folder is None:
        click.echo("\n".join(files.values()), nl=False)
        return
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.BadParameter(f"{folder} cannot be made: {error.strerror}", param_hint="--dir") from error
    for name, text in files.items():
        save(str(Path(folder) / name), text, "--dir")
    click.echo(f"{', '.join(files)} written to {folder}.", err=True)


@command.command("upgrade-rollout", epilog="Example: patchkeep export upgrade-rollout --dir rollout")
@policy_option
@click.option("--dir", "folder", metavar="DIR", type=click.Path(file_okay=False), help="Write one file for each policy there.")
@click.pass_context
def upgrade_rollout(ctx: click.Context, policy: str, folder: str | None) -> None:
    """Write Organizations' upgrade rollout policies: the order in which AWS's automatic minor upgrades reach your databases.

    AWS knows three places, first, second and last; they follow your rings. Making and attaching the policies is left to you.
    """
    from pathlib import Path

    from patchkeep.cli import show
    from patchkeep.cli._roles import policy_at
    from patchkeep.domain.upgrade_order import rollout_policies

    try:
        made = tuple(rollout_policies(policy_at(ctx, policy)))
    except ValueError as error:
        raise click.ClickException(f"{error}: match environments by unit, or by fewer tag values.") from error
    if folder is None:
        click.echo(json.dumps([{"name": one.name, "attach_to": one.attach_to, "content": one.content} for one in made], indent=2))
        return
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.BadParameter(f"{folder} cannot be made: {error.strerror}", param_hint="--dir") from error
    for one in made:
        file = f"{folder}/{one.name}.json"
        save(file, one.text)
        click.echo(f"{file} written, for {', '.join(one.attach_to)}.", err=True)
    show.following(*(_creating(folder, one.name) for one in made))


def _creating(folder: str, name: str) -> str:
    described = f"--name {name} --description 'order of automatic minor upgrades'"
    return f"aws organizations create-policy --type UPGRADE_ROLLOUT_POLICY {described} --content file://{folder}/{name}.json"
