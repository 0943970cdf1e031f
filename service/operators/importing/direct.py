"""Direct uploads: a large picture goes straight to the store."""

TRIES = 5
# How often, and after how many seconds each, the service is asked whether it has checked the bytes.
LOOKS = 40
LOOK_SECONDS = 0.5


def send_directly(client, described, key, file):
    """Return the Answer about an image whose bytes went to the store.

    described: the fields that describe it. The image may be ready, refused or still pending.
    Raises Stopped or FileLost.
    """
    for _ in range(TRIES):
        answer = client.send_json("POST", "/images", described, **{"Idempotency-Key": key})
        if answer.status != 202:
            return answer
        sent = client.send_to_store(answer.body["upload"], file)
        if sent.status < 300:
            return checked(client, answer.body["image_id"])
        # The address may have ended meanwhile: the same key gets another.
        if sent.status != 403:
            break
    sent.body.setdefault("detail", f"The store answers {sent.status}.")
    return sent


def checked(client, image_id):
    """Return the Answer about an image after the service has checked its bytes."""
    for look in range(LOOKS):
        client.pace.rest(LOOK_SECONDS if look else 0)
        answer = client.get(f"/images/{image_id}")
        if answer.body.get("status") != "pending":
            break
    return answer
