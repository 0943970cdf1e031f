"""The fast path of the AWS store: it does the SDK's most frequent work with less CPU time.

Two parts. `register` lets the DynamoDB clients of a boto3 session make the first attempt of six
operations themselves, and its S3 clients send bodies in memory over lighter connections; with
`FAST_DYNAMODB=0` it is not called. `S3Presigner` signs the URLs that serve images.

What it promises:

- The first call of each operation is the SDK's own. The fast path watches it, and takes an
  operation over only if it would have sent the same address, headers, body and signature.
- If anything is not as expected, in the first call or in a later one, the SDK does the operation
  until the process ends. There is one warning in the log and one count in the metrics, and the
  caller gets the SDK's answer.
- It uses the SDK's connections, with its certificates, time limits and errors. With a proxy the
  SDK's session sends.
- The SDK makes every request to S3 and reads its answer; only the sending is ours.
- A request is sent once. If its answer is no success, the SDK gets the result as that of its own
  first attempt: it reads the answer, repeats the call or raises.

What it does not promise:

- Binary values: the SDK must encode them, so it does an operation whose arguments contain them.
- botocore's Stubber, and other hooks that answer before a call is made, work only if they are added
  before the first call of an operation. Then the SDK does the operation.
- A tracer that wraps the SDK's `_make_api_call` and adds no header to the request sees only the
  first call of each operation and the failures. If a tracer adds a header, the SDK does the
  operations.
- On a success only the hooks `before-call`, `before-send` and `after-call` run, and the answer has
  no `ResponseMetadata`.
- A change of a client after its first calls, such as another endpoint, has no effect.
- The arguments of TransactWriteItems must have a ClientRequestToken: otherwise the SDK would make
  one only for its own repeats.

These modules use private names of botocore: `_make_api_call`, `_request_signer`,
`_credentials`, `_endpoint`, `http_session` and `_expiry_time`; of its HTTP session `_manager`,
`_proxy_config`, `_setup_ssl_cert`, `_verify` and `_get_request_target`; of http.client `_output`.
"""

from service.repositories.aws.fast.fallbacks import ALL, Fallbacks, ignore


def register(session, on_fallback=ignore):
    """Let the DynamoDB and S3 clients of a boto3 session do their work with less CPU time.

    on_fallback(operation) is called when an operation of a client is left to the SDK.
    """
    # Imported here, because they import botocore.
    from service.repositories.aws.fast.first_attempts import FirstAttempts
    from service.repositories.aws.fast.light_s3 import LightS3

    def adding(mixin):
        def add(**event):
            fallbacks = Fallbacks(on_fallback)
            try:
                event["class_attributes"]["fallbacks"] = fallbacks
                event["base_classes"][0]._make_api_call  # noqa: B018
                event["base_classes"].insert(0, mixin)
            except Exception as error:
                fallbacks.add(ALL, error)

        return add

    session.events.register("creating-client-class.dynamodb", adding(FirstAttempts))
    session.events.register("creating-client-class.s3", adding(LightS3))
