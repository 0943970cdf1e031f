"""The fast path of the AWS store: it does the SDK's most frequent work at a fraction of its CPU.

Two parts. `register` lets the DynamoDB clients of a boto3 session make the first attempt of six
operations themselves; with `FAST_DYNAMODB=0` it is not called. `S3Presigner` signs the URLs that
serve images.

Promised:

- The first call of each operation is the SDK's own. The fast path watches it, and takes an
  operation over only if it would have sent the same address, headers, body and signature.
- Whatever is not as expected, in that first call or in a later one, leaves the operation to the SDK
  until the process ends, with one warning in the log and one count in the metrics. The caller gets
  the SDK's answer.
- A request is sent once. If it is not known to be answered well, the SDK takes what came of it for
  its own first attempt: it reads the answer, repeats the call or raises.

Not promised:

- Binary values: the SDK encodes them, so an operation whose arguments have them is left to it.
- botocore's Stubber, and other hooks that answer before a call is made, if they are added after the
  first call of an operation. Added before it they keep the operation with the SDK.
- A tracer that wraps the SDK's `_make_api_call` and adds no header to the request sees only the
  first call of each operation and the failures. One that adds a header keeps operations with the
  SDK.
- On a success only the hooks `before-call`, `before-send` and `after-call` run, and the answer has
  no `ResponseMetadata`.
- A change of a client after its first calls, such as another endpoint or kind of signature.
- TransactWriteItems must bring its ClientRequestToken: the SDK would give one to its repeats alone.

The parts read names that botocore does not publish: `_make_api_call`, `_request_signer`,
`_credentials`, `_endpoint`, `http_session` and `_expiry_time`.
"""

from service.repositories.aws.fast.fallbacks import ALL, Fallbacks, ignore


def register(session, on_fallback=ignore):
    """Let the DynamoDB clients of a boto3 session make their first attempts themselves.

    on_fallback(operation) is called when an operation of a client is left to the SDK.
    """
    # Late: it imports botocore.
    from service.repositories.aws.fast.first_attempts import FirstAttempts

    def add(**event):
        fallbacks = Fallbacks(on_fallback)
        try:
            event["class_attributes"]["fallbacks"] = fallbacks
            event["base_classes"][0]._make_api_call  # noqa: B018
            event["base_classes"].insert(0, FirstAttempts)
        except Exception as error:
            fallbacks.add(ALL, error)

    session.events.register("creating-client-class.dynamodb", add)
