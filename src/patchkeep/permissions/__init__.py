"""What Patchkeep needs to be allowed, computed from the calls in its own code: IAM policies of the roles, their trust, and a stop.

called      which calls the services can make: read from their code
actions     what IAM calls them, and what else they imply: botocore's models and one table of exceptions
statements  a policy document and its parts; how large IAM lets it be
roles       the documents of the read role, the write role and whoever runs Patchkeep
trust       who may take a role
stop        a policy that takes everything from the write role at once
"""
