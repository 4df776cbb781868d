"""IAM as far as roles of one account go: what a request needs, whether the role's policies allow it, and AWS's sentence if not.

A witness of its own: nothing here knows how Patchkeep computes its policies. `needs` says from each operation's request which
actions on which resources AWS would check, `documents` reads a policy, `evaluation` decides. Not emulated: permissions boundaries,
session policies, resource-based and service control policies, policy variables, NotPrincipal; documents that use them are refused.
"""
