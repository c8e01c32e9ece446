"""The admin pages, as an administrator sees them."""

from __future__ import annotations

from bench.screens.camera import Scene, Window

TREE = "trees/avatars.yaml"


def _page(name: str, path: str) -> Scene:
    def stage(window: Window) -> None:
        window.open(f"/admin{path}")
        window.see("h1")
        window.page.wait_for_load_state("networkidle")

    return Scene(f"admin-{name}", stage, whole=True, admin=True)


def _image_of(window: Window) -> str:
    window.open("/admin/images?q=beard")
    links = "main a[href*='/admin/images/']"
    window.see(links)
    address: str = window.page.eval_on_selector(links, "link => link.pathname")
    return address


def _image(window: Window) -> None:
    window.open(_image_of(window))
    window.see("h1")


def _trace(window: Window) -> None:
    image = _image_of(window).rpartition("/")[2]
    window.open(f"/admin/rules/trace?image={image}")
    window.see("h1")


def _login(window: Window) -> None:
    window.open("/admin/login")
    window.see("[name=password]")


SCENES = (
    Scene("admin-login", _login),
    _page("overview", ""),
    _page("images", "/images?q=beard"),
    Scene("admin-image", _image, whole=True, admin=True),
    _page("queue", "/queue/untagged"),
    _page("tags", "/tags"),
    _page("tag", "/tags/beard"),
    _page("bulk", "/bulk?q=beard&add=moustache"),
    _page("changes", "/changes"),
    _page("rules", "/rules"),
    _page("editor", f"/rules/edit/{TREE}"),
    _page("review", "/rules/review"),
    Scene("admin-trace", _trace, whole=True, admin=True),
    _page("imports", "/imports"),
    _page("import", "/imports/1"),
    _page("moderation", "/moderation"),
    _page("quarantine", "/quarantine"),
    _page("jobs", "/jobs"),
    _page("audit", "/audit"),
    _page("accounts", "/accounts"),
    _page("account", "/account"),
    _page("keys", "/account/keys"),
)
