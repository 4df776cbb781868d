"""A new service whose author has not thought of permissions yet."""

from __future__ import annotations

from patchkeep.domain.call import Call

READ = Call.of("rds", "describe_db_instances")
WRITE = Call.of("rds", "apply_pending_maintenance_action", ResourceIdentifier="x")
