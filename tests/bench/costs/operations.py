"""What each operation uses: counted by tests/test_cost_counts.py, measured, or assumed."""

from collections import namedtuple

# gateway: requests of 512 KB. read, write: DynamoDB's units. s3_write, s3_read: requests of each
# class, those of the client at a presigned URL too. events: objects made or deleted, which the
# bucket tells EventBridge. answer: bytes. calls: of the function.
# cpu: milliseconds of CPU time. waits: how often the function waits for DynamoDB, and for S3.
Operation = namedtuple(
    "Operation", "gateway read write s3_write s3_read events answer cpu waits calls", defaults=(1,)
)

# The photograph: 12 million pixels, a JPEG as phones make it; three tags and a description of 60
# letters. `large` is made when it is first asked for, the thumb at the upload.
PHOTO = 4_257_901
PICTURES = {"thumb": 13_750, "large": 173_738, "original": PHOTO}
OPERATIONS = {
    "view": Operation(1, 1, 0, 0, 0, 0, 3_750, 3.7, (1, 0)),
    "view of a rendition": Operation(1, 1, 0, 0, 1, 0, 5_300, 5.7, (1, 1)),
    "first view of large": Operation(1, 3, 0, 1, 3, 1, 5_300, 758.3, (3, 4)),
    "page of 20": Operation(1, 2, 0, 0, 0, 0, 75_100, 3.9, (1, 0)),
    # The second wait for S3 is that for the photograph's bytes.
    "upload through Lambda": Operation(9, 0, 43, 2, 0, 2, 3_750, 195.0, (3, 2)),
    "upload without tags": Operation(9, 0, 6, 2, 0, 2, 3_750, 195.0, (2, 2)),
    # With the begin, the client's PUT, the event that completes it, and the sweep's look at it.
    "direct upload": Operation(1, 2, 43, 6, 1, 4, 3_550, 141.7, (6, 6), calls=2),
    "change of a text": Operation(1, 1, 24, 0, 0, 0, 3_750, 5.3, (2, 0)),
    # With both of the sweep's later looks at the tombstone.
    "delete": Operation(1, 3, 46, 5, 0, 2, 0, 37.0, (7, 5)),
}
# How many calls meet a cold start, and what it costs; the share is assumed.
COLD_SHARE = 0.01
COLD_MILLISECONDS = 2_700
# Sweeps of a month, one in ten minutes, when nothing is due. Each may find no warm instance, so the
# CPU time is that of a cold start.
SWEEPS = 4_380
SWEEP = Operation(0, 3, 0, 0, 0, 0, 0, COLD_MILLISECONDS + 10.8, (5, 0))

# Bytes of a photograph's records: in the table, and in the indexes.
TABLE_BYTES, INDEX_BYTES = 3_345, 6_283
# Bytes in CloudWatch Logs: Lambda's three lines of each call, the service's line, and API Gateway's
# line of each request.
LOG_BYTES = {"call": 300, "line": 250, "gateway": 350}
# The image in ECR, compressed; assumed.
CONTAINER_GB = 0.1
MEMORY_MB = 1024
# Lambda gives one processor for 1,769 MB.
CPU_SHARE = MEMORY_MB / 1769
# Milliseconds that a call waits for DynamoDB and for S3; assumed.
WAITS = (5, 50)
