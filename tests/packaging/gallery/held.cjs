// Requests that a check holds back, cuts or changes on their way.

// Hold back what a page sends to these addresses, until `release`. matches: of the request.
async function hold(tab, url, matches = () => true) {
    const held = { routes: [], open: false, most: 0 };
    await tab.route(url, async (route) => {
        if (held.open || !matches(route.request())) return route.fallback();
        held.routes.push(route);
        held.most = Math.max(held.most, held.routes.length);
    });
    // Let the first one go on.
    held.next = () => ignoreGone(held.routes.shift()?.continue());
    // Let all go on, also those that come later.
    held.release = async () => {
        held.open = true;
        await Promise.all(held.routes.splice(0).map((route) => ignoreGone(route.continue())));
    };
    return held;
}

// Cut the answers of some requests after the service has done what they ask for.
async function cutAnswers(tab, url, matches, times) {
    const cut = { left: times, done: 0 };
    await tab.route(url, async (route) => {
        if (cut.left <= 0 || !matches(route.request())) return route.fallback();
        cut.left--;
        await route.fetch();
        cut.done++;
        await route.abort("connectionreset");
    });
    return cut;
}

// A page may have given up a request that is let go.
function ignoreGone(going) {
    return Promise.resolve(going).catch(() => {});
}

const IMAGES = (url) => url.pathname === "/images";
const isPost = (request) => request.method() === "POST";
const isGet = (request) => request.method() === "GET";

module.exports = { IMAGES, cutAnswers, hold, isGet, isPost };
