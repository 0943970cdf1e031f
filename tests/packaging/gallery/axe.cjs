// What axe-core finds that keeps people from using the page.
const { readFileSync } = require("node:fs");

const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

// Name each fault that axe-core sees on the page as it is now, in light and in dark colors.
async function faultsSeen(gallery) {
    const { tab } = gallery;
    await tab.evaluate(AXE);
    const found = new Set();
    for (const colorScheme of ["light", "dark"]) {
        await tab.emulateMedia({ colorScheme });
        await gallery.still();
        const { violations } = await tab.evaluate(() =>
            window.axe.run(document, { preload: false, resultTypes: ["violations"] }),
        );
        for (const { id, nodes } of violations)
            for (const { target, failureSummary } of nodes)
                found.add(`${id}, ${colorScheme}: ${target} ${failureSummary}`);
    }
    return [...found];
}

module.exports = { faultsSeen };
