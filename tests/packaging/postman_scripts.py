"""What Postman tests of each answer."""

import json

# Before each request. A token may upload for its owner only.
OWN_USER = """
const claims = (pm.variables.get("token") || "").split(".")[1];
if (claims) {
  const text = atob(claims.replace(/-/g, "+").replace(/_/g, "/"));
  pm.variables.set("user_id", JSON.parse(text).sub);
}
"""
TELLS_ALL = """
pm.test("status is {status}", () => pm.response.to.have.status({status}));
pm.test("the request has its id", () => pm.response.to.have.header("X-Request-Id"));
"""
HAS_FIELDS = """
pm.test("every field is there", () => pm.expect(pm.response.json()).to.include.keys({fields}));
"""
IS_PROBLEM = """
const problem = pm.response.json();
pm.test("it is {code}", () => pm.expect(problem.type).to.eql("/problems/{code}"));
pm.test("it says what to do", () => pm.expect(problem.detail).to.be.a("string").that.is.not.empty);
pm.test("it names the request", () =>
  pm.expect(problem.request_id).to.eql(pm.response.headers.get("X-Request-Id")));
"""
# The variables that a request sets for later requests.
REMEMBER = """
const image = pm.response.json();
pm.environment.set("image_id", image.image_id);
pm.environment.set("url", image.url);
"""
IS_LISTED = """
pm.test("the image is listed", () => {
  const ids = pm.response.json().images.map((image) => image.image_id);
  pm.expect(ids).to.include(pm.environment.get("image_id"));
});
"""
IS_WHOLE = """
pm.test("status is 200", () => pm.response.to.have.status(200));
pm.test("the bytes are all there", () => pm.expect(pm.response.responseSize).to.eql({size}));
"""
IS_CHANGED = """
pm.test("the image is changed, the other is not there", () => {
  const results = pm.response.json().results;
  pm.expect(results.map((row) => row.status)).to.eql([200, 404]);
});
"""
MORE = {
    "change-many": IS_CHANGED,
    "upload-image": REMEMBER,
    "view-image": 'pm.environment.set("url", pm.response.json().url);\n',
    "list-images": IS_LISTED,
}


def has_fields(document, answer):
    """Return the test that an answer has the fields its schema requires."""
    if "content" not in answer:
        return ""
    schema = answer["content"]["application/json"]["schema"]
    # The first of several is the image that is ready.
    reference = schema.get("oneOf", [schema])[0]["$ref"]
    required = document["components"]["schemas"][reference.split("/")[-1]]["required"]
    return HAS_FIELDS.format(fields=json.dumps(required))
