"""EC2's and STS's answers, in XML. Shapes: botocore's models; a row is about as long as AWS's own."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from canned.fleet import Node

_EC2 = '<?xml version="1.0" encoding="UTF-8"?>\n<{0}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId>{1}</{0}Response>'
_STS = (
    '<{0}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{0}Result>{1}</{0}Result>'
    "<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{0}Response>"
)
_PLATFORM = {"amzn": "Linux/UNIX", "ubuntu": "Linux/UNIX", "windows": "Windows"}
_INSTANCE = """<item><reservationId>r-{id}</reservationId><ownerId>{account}</ownerId><groupSet/><instancesSet><item>
<instanceId>{id}</instanceId><imageId>ami-0abcdef1234567890</imageId><instanceState><code>16</code><name>running</name></instanceState>
<privateDnsName>ip-10-0-0-1.{region}.compute.internal</privateDnsName><dnsName/><reason/><keyName>ops</keyName>
<amiLaunchIndex>0</amiLaunchIndex><productCodes/><instanceType>m7i.large</instanceType><launchTime>2026-06-01T08:00:00.000Z</launchTime>
<placement><availabilityZone>{region}a</availabilityZone><groupName/><tenancy>default</tenancy></placement>
<monitoring><state>disabled</state></monitoring><subnetId>subnet-0123456789abcdef0</subnetId><vpcId>vpc-0123456789abcdef0</vpcId>
<privateIpAddress>10.0.0.1</privateIpAddress><sourceDestCheck>true</sourceDestCheck>
<groupSet><item><groupId>sg-0123456789abcdef0</groupId><groupName>default</groupName></item></groupSet>
<architecture>x86_64</architecture><rootDeviceType>ebs</rootDeviceType><rootDeviceName>/dev/xvda</rootDeviceName>
<blockDeviceMapping><item><deviceName>/dev/xvda</deviceName><ebs><volumeId>vol-{id}</volumeId><status>attached</status>
<attachTime>2026-06-01T08:00:00.000Z</attachTime><deleteOnTermination>true</deleteOnTermination></ebs></item></blockDeviceMapping>
<virtualizationType>hvm</virtualizationType><clientToken>t-{id}</clientToken>
<tagSet><item><key>Name</key><value>node-{number}</value></item><item><key>Owner</key><value>team-{team}</value></item>
<item><key>PatchGroup</key><value>{group}</value></item><item><key>Cluster</key><value>c-{cluster}</value></item></tagSet>
<hypervisor>xen</hypervisor><networkInterfaceSet><item><networkInterfaceId>eni-{id}</networkInterfaceId>
<subnetId>subnet-0123456789abcdef0</subnetId><vpcId>vpc-0123456789abcdef0</vpcId><description/><ownerId>{account}</ownerId>
<status>in-use</status><macAddress>0a:00:00:00:00:01</macAddress><privateIpAddress>10.0.0.1</privateIpAddress>
<sourceDestCheck>true</sourceDestCheck><groupSet><item><groupId>sg-0123456789abcdef0</groupId><groupName>default</groupName></item></groupSet>
<attachment><attachmentId>eni-attach-{id}</attachmentId><deviceIndex>0</deviceIndex><status>attached</status>
<attachTime>2026-06-01T08:00:00.000Z</attachTime><deleteOnTermination>true</deleteOnTermination></attachment>
<privateIpAddressesSet><item><privateIpAddress>10.0.0.1</privateIpAddress><primary>true</primary></item></privateIpAddressesSet>
</item></networkInterfaceSet>
<iamInstanceProfile><arn>arn:aws:iam::{account}:instance-profile/ssm</arn><id>AIPA</id></iamInstanceProfile><ebsOptimized>true</ebsOptimized>
<enaSupport>true</enaSupport><cpuOptions><coreCount>1</coreCount><threadsPerCore>2</threadsPerCore></cpuOptions>
<capacityReservationSpecification><capacityReservationPreference>open</capacityReservationPreference></capacityReservationSpecification>
<hibernationOptions><configured>false</configured></hibernationOptions><enclaveOptions><enabled>false</enabled></enclaveOptions>
<metadataOptions><state>applied</state><httpTokens>required</httpTokens><httpPutResponseHopLimit>2</httpPutResponseHopLimit>
<httpEndpoint>enabled</httpEndpoint></metadataOptions><platformDetails>{platform}</platformDetails>
<usageOperation>RunInstances</usageOperation></item></instancesSet></item>"""


def described(nodes: Iterable[Node], account: str, region: str, group: str) -> bytes:
    """DescribeInstances: all of one place in one page, as EC2 does up to 1,000."""
    return _EC2.format(
        "DescribeInstances", f"<reservationSet>{''.join(_row(n, account, region, group) for n in nodes)}</reservationSet>"
    ).encode()


@cache
def _row(node: Node, account: str, region: str, group: str) -> str:
    words = {"team": node.number % 40, "cluster": node.number % 3000, "platform": _PLATFORM[node.system], "group": group}
    return _INSTANCE.format(id=node.id, account=account, region=region, number=node.number, **words)


def regions(names: Iterable[str]) -> bytes:
    rows = "".join(
        f"<item><regionName>{n}</regionName><regionEndpoint>ec2.{n}.amazonaws.com</regionEndpoint><optInStatus>opt-in-not-required</optInStatus></item>"
        for n in names
    )
    return _EC2.format("DescribeRegions", f"<regionInfo>{rows}</regionInfo>").encode()


def sts(operation: str, result: str) -> bytes:
    return _STS.format(operation, result).encode()
