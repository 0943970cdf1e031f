"""What AWS documents of the metrics that the deployment names, and those that it makes itself."""

FUNCTION = {"FunctionName"}
TABLE = {"TableName"}
INDEX = {"TableName", "GlobalSecondaryIndexName"}
# By namespace: for each metric the sets of dimensions under which AWS reports it.
AWS_METRICS = {
    "AWS/Lambda": {
        "Errors": [FUNCTION],
        "Throttles": [FUNCTION],
        "Duration": [FUNCTION],
        "ConcurrentExecutions": [FUNCTION],
    },
    "AWS/ApiGateway": {
        "Count": [{"ApiId"}],
        "4xx": [{"ApiId"}],
        "5xx": [{"ApiId"}],
        "Latency": [{"ApiId"}],
        "IntegrationLatency": [{"ApiId"}],
    },
    "AWS/DynamoDB": {"ReadThrottleEvents": [TABLE, INDEX], "WriteThrottleEvents": [TABLE, INDEX]},
    "AWS/S3": {
        "BucketSizeBytes": [{"BucketName", "StorageType"}],
        "NumberOfObjects": [{"BucketName", "StorageType"}],
    },
    "AWS/SQS": {
        "ApproximateNumberOfMessagesVisible": [{"QueueName"}],
        "ApproximateAgeOfOldestMessage": [{"QueueName"}],
    },
}


def own_metrics(deployment):
    """Return (namespace, metric) of each metric that the deployment makes of lines of its logs."""
    return {
        (made["MetricNamespace"], made["MetricName"])
        for one in deployment.of_type("AWS::Logs::MetricFilter").values()
        for made in one["MetricTransformations"]
    }


def is_known(namespace, metric, dimensions, own):
    """Tell whether AWS reports a metric under these dimensions, or whether it is one of our own."""
    return set(dimensions) in AWS_METRICS.get(namespace, {}).get(metric, []) or (
        (namespace, metric) in own and not dimensions
    )
