"""systemd/kiosk-splash: where the picture stands, and that both pictures can be read."""

from __future__ import annotations

from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

SYSTEMD = Path(__file__).parents[1] / "systemd"
PANELS = [(800, 480), (1024, 600), (1280, 800), (1920, 1080), (1080, 1920)]


@pytest.fixture(scope="module")
def splash() -> ModuleType:
    loader = SourceFileLoader("kiosk_splash", str(SYSTEMD / "kiosk-splash"))
    spec = spec_from_loader("kiosk_splash", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.mark.parametrize("panel", PANELS)
def test_a_picture_fits_and_stands_in_the_middle(
    splash: ModuleType, panel: tuple[int, int]
) -> None:
    x, y, w, h = splash.fitted((1280, 800), panel)
    assert w <= panel[0] and h <= panel[1]
    assert w == panel[0] or h == panel[1]
    assert abs(w / h - 1.6) < 0.01
    assert 0 <= panel[0] - (2 * x + w) <= 1
    assert 0 <= panel[1] - (2 * y + h) <= 1


@pytest.mark.parametrize("name", ["splash", "out-of-service"])
def test_a_picture_is_read_as_it_is(splash: ModuleType, name: str) -> None:
    file = SYSTEMD / "pictures" / f"{name}.png"
    width, height, pixels = splash.read(file)
    with Image.open(file) as picture:
        assert (width, height) == picture.size == (1280, 800)
        assert pixels.raw[: width * height * 3] == picture.convert("RGB").tobytes()


@pytest.mark.parametrize("name", ["splash", "out-of-service"])
def test_the_edge_of_a_picture_is_its_ground(name: str) -> None:
    """What is around it on a panel of another shape has the colour of its corner."""
    with Image.open(SYSTEMD / "pictures" / f"{name}.png") as picture:
        rgb = picture.convert("RGB")
        right, bottom = rgb.width - 1, rgb.height - 1
        edge = [rgb.getpixel((x, y)) for x in range(rgb.width) for y in (0, bottom)]
        edge += [rgb.getpixel((x, y)) for y in range(rgb.height) for x in (0, right)]
    assert set(edge) == {(15, 17, 23)}


def test_what_is_no_picture_is_said(splash: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(b"GIF89a")
    for file in (tmp_path / "x.png", tmp_path / "away.png"):
        with pytest.raises(splash.Failed, match=file.name):
            splash.read(file)
