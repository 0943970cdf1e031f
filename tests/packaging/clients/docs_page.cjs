// Check the page of the API: its colours, and that its forms start empty.
// node docs_page.cjs docs.js openapi.json
const assert = require("node:assert/strict");
const { readFileSync } = require("node:fs");
const { runInNewContext } = require("node:vm");

const [script, text] = process.argv.slice(2).map((path) => readFileSync(path, "utf8"));
const classes = [];
let options;
runInNewContext(script, {
  document: { documentElement: { classList: { toggle: (...change) => classes.push(change) } } },
  window: {
    matchMedia: (query) => ({ matches: query.includes("dark"), addEventListener: () => {} }),
  },
  SwaggerUIBundle: (given) => { options = given; },
});
assert.deepEqual(classes, [["dark-mode", true]]);

const change = options.plugins
  .map(({ statePlugins }) => statePlugins.spec?.wrapActions.updateSpec)
  .find(Boolean);
let shown;
change((changed) => { shown = JSON.parse(changed); })(text);
const { properties, required } = shown.components.schemas.UploadForm;
for (const name of ["filename", "tags", "description"]) {
  assert(!required.includes(name));
  assert.equal(properties[name].examples.join(), "");
}
const sent = JSON.parse(text).components.schemas.UploadForm;
assert.equal(sent.properties.filename.examples.join(), "beach.png");
