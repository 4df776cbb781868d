"""EC2 as far as patching meets it: instances and their power, tags, volumes, snapshots, images, regions.

State is the world's: an instance is a node whose id begins with "i-"; what a site keeps beside lies under "ec2-snapshots" and
"ec2-tags". Hybrid nodes ("mi-") do not exist here. After docs.aws.amazon.com/AWSEC2/latest/APIReference.
"""
