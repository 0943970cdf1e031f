"""What others publish for storing and delivering pictures: (name, rule, cost, source, date)."""

from tests.bench.costs import operations

CLOUDFLARE = (
    "[cloudflare-docs](https://github.com/cloudflare/cloudflare-docs/blob/"
    "026f1f14d308ae4aa99ef390780092346fb4b7e9/src/content/docs/images/pricing.mdx)"
)
CLOUDINARY = (
    "credits: [its FAQ](https://cloudinary.com/documentation/developer_onboarding_faq), 2024-11-06;"
    " plans: [a user's list](https://github.com/scout-ch/thilo/issues/10)"
)
# (credits a month, US dollars a month)
PLANS = ((25, 0), (225, 99), (600, 249), (1_350, 549))
GB = 1e9


def cloudflare(volumes):
    """Return the price of Cloudflare Images: 100,000 images stored, 100,000 delivered."""
    stored = -(-volumes["images"] // 100_000) * 5
    return stored + (volumes["views"] + 20 * volumes["pages"]) / 100_000


def credits_of(volumes):
    """Return Cloudinary's credits: a GB stored, a GB delivered, 1,000 transformations."""
    thumb, large = operations.PICTURES["thumb"], operations.PICTURES["large"]
    stored = volumes["images"] * (volumes["bytes"] + thumb + large) / GB
    delivered = (volumes["views"] * large + 20 * volumes["pages"] * thumb) / GB
    return stored + delivered + 2 * volumes["uploads"] / 1000


def cloudinary(volumes):
    """Return the price of the smallest plan that has so many credits, or None."""
    needed = credits_of(volumes)
    return next((dollars for most, dollars in PLANS if needed <= most), None)


OTHERS = (
    (
        "Cloudflare Images",
        "5 USD for 100,000 images stored, 1 USD for 100,000 delivered, whatever their size",
        cloudflare,
        CLOUDFLARE,
        "read 2026-11-26",
    ),
    (
        "Cloudinary",
        "a credit is a GB stored, a GB delivered or 1,000 transformations; plans of 25, 225, 600 "
        "and 1,350 credits for 0, 99, 249 and 549 USD",
        cloudinary,
        CLOUDINARY,
        "2022-10-08",
    ),
)
