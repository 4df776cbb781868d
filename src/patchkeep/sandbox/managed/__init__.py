"""Managed services, emulated: what RDS, ElastiCache, Redshift and the rest have in common, so that one is added in one package.

How a service is added (`sandbox/rds/` is the pilot; nothing outside the new package and its tests is touched):

1. Make `sandbox/NAME/`, whose `__init__` has `SERVICE = Managed("botocore's name", kinds={...})`: dispatch, permissions, organization
   files and CloudWatch find it there. Every module below is imported with the server, so `@operation` is all that registers a call.
2. Its state: `@dataclass(slots=True, kw_only=True) class Thing(Resource)` with its own READY; `keep(site, thing)`, `kept(site, Thing)`,
   `found(site, arn)`.
3. A kind of an organization file's `resources:` is `Kind(plant, traits, settings)`; `plant(planting)` makes the things that were there
   before anybody came. `ValueError` from it is shown to the person as what is wrong with their file.
4. What takes time: `begin(world, thing, Job(status, lasts, done, failed))`. The traits "slow" and "upgrade-fails" are heeded there.
5. What waits (for a window, a date, an opt-in): `appoint(world, thing, name, when, then)`; `rearrange` after a window or date moved.
   `Weekly` is "sun:05:00-sun:06:00"; `Offer` is a pending action with its dates and says when AWS carries it out.
6. Answers: `paged`, `chosen`, `tag_list`, `put_tags`; refusals are `AwsError` with the service's own codes, the page cited in a docstring.
7. Permissions: `Managed.arns(operation, request)` yields what a request is about; tags come from the `Resource` at that ARN.
8. Metrics: `Managed.measures = {"AWS/NAME": measure}`; None is missing data. Versions and lifecycles: `catalogue/NAME-*.txt`, dated.
9. Tests drive it over HTTP; `GET /_sandbox/resources`, `POST` and `DELETE /_sandbox/resource` {"arn": ...} show, change and take away.
"""
