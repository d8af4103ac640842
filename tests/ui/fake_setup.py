"""The set-up part of the double of the desk: its verbs, its snapshot and its devices."""

from __future__ import annotations

from typing import Any

VERBS: tuple[tuple[str, str, str, str, dict[str, type]], ...] = (
    (
        "picture.source",
        "video-outline",
        "",
        "",
        {"address": str, "mode": str, "mirror": bool, "rotate": int, "crop": str},
    ),
    ("picture.restart", "restart", "", "", {}),
    (
        "picture.look",
        "palette-outline",
        "",
        "",
        dict.fromkeys(("brightness", "contrast", "warmth", "tint", "smoothing"), int),
    ),
    ("picture.balance", "white-balance-auto", "", "", {}),
    (
        "picture.key",
        "wall",
        "",
        "",
        {
            "is_on": bool,
            "color": str,
            "similarity": int,
            "smoothness": int,
            "spill": int,
            "backdrop": str,
        },
    ),
    (
        "picture.inset",
        "picture-in-picture-bottom-right",
        "",
        "",
        {"address": str, "x": float, "y": float, "width": float, "height": float},
    ),
    ("picture.transition", "transition", "", "", {"ms": int}),
    ("sound.add", "plus", "", "", {"address": str}),
    ("sound.remove", "trash-can-outline", "", "", {"input_id": str}),
    (
        "sound.set",
        "tune",
        "",
        "",
        {"input_id": str, "gain_db": float, "is_muted": bool, "delay_ms": int, "is_denoised": bool},
    ),
    ("push.add", "broadcast", "", "", {"name": str, "url": str, "key": str}),
    ("push.remove", "trash-can-outline", "", "", {"name": str}),
    ("push.start", "play", "", "stream", {"name": str}),
    ("push.stop", "stop", "", "stream", {"name": str}),
    ("virtual_camera.start", "camera-wireless-outline", "", "stream", {}),
    ("virtual_camera.stop", "camera-off-outline", "", "stream", {}),
    ("quality.pin", "pin-outline", "", "", {"step": int}),
    ("encoder.choose", "chip", "", "", {"name": str}),
    ("recording.segments", "file-multiple-outline", "", "", {"minutes": int, "megabytes": int}),
    ("clip.cut", "content-cut", "", "", {"item_id": str}),
    ("replay.save", "replay", "", "", {"seconds": int}),
)

OPTIONAL: dict[str, frozenset[str]] = {
    "picture.source": frozenset({"mode", "mirror", "rotate", "crop"}),
    "picture.look": frozenset({"brightness", "contrast", "warmth", "tint", "smoothing"}),
    "picture.inset": frozenset({"x", "y", "width", "height"}),
    "push.add": frozenset({"key"}),
}

LADDER = [
    "x264 superfast 720×1280@30",
    "x264 ultraplus 720×1280@30",
    "x264 ultraplus 720×1280@15",
]


def setup() -> dict[str, Any]:
    """A studio as it is set up in the middle of a show."""
    return {
        "picture": {
            "source": "device:HD Pro Webcam C920",
            "mode": "cover",
            "mirror": False,
            "rotate": 0,
            "crop": "",
            "look": {"brightness": 10, "contrast": 0, "warmth": -20, "tint": 0, "smoothing": 30},
            "key": {
                "is_on": False,
                "color": "green",
                "similarity": 45,
                "smoothness": 25,
                "spill": 60,
                "backdrop": "",
            },
            "inset": {"address": "", "x": 0.62, "y": 0.05, "width": 0.33, "height": 0.25},
            "transition_ms": 300,
        },
        "sound": {
            "inputs": [
                sound_input("a1", "mic:领夹麦克风", "领夹麦克风 (USB Audio Device)", gain_db=6.0, is_denoised=True),
                sound_input("a2", "file:/music/背景音乐.mp3", "背景音乐.mp3", gain_db=-18.0),
            ],
            "denoise_reason": "",
        },
        "outputs": {
            "targets": [
                {"name": "快手", "url": "rtmp://push.example.com/live", "is_key_known": True, "is_on": True},
                {"name": "村里大屏", "url": "rtmp://10.0.0.8/show", "is_key_known": False, "is_on": False},
            ],
            "virtual_camera": {"is_on": False},
            "segment_minutes": 60,
            "segment_megabytes": 0,
        },
        "quality": {
            "pinned": -1,
            "encoder": "libx264",
            "encoders": [
                {"name": "libx264", "is_usable": True, "reason_key": ""},
                {"name": "h264_nvenc", "is_usable": None, "reason_key": ""},
            ],
        },
    }


def sound_input(input_id: str, address: str, name: str, **changes: Any) -> dict[str, Any]:
    """An input of the mixer as the snapshot has it."""
    return {
        "id": input_id,
        "address": address,
        "name": name,
        "gain_db": 0.0,
        "is_muted": False,
        "delay_ms": 0,
        "is_denoised": False,
    } | changes


def health() -> dict[str, Any]:
    """What the set-up panel reads of health, in a show without trouble."""
    return {
        "warnings": [],
        "room_closes_in_s": None,
        "av_offset_ms": 12.0,
        "source": {"name": "HD Pro Webcam C920", "state": "ok", "width": 1280, "height": 720, "reason_key": ""},
        "sound": {
            "state": "ok",
            "peak_db": -14.0,
            "loudness_lufs": -19.0,
            "limiter_db": 0.0,
            "drift_ms": 3.0,
            "inputs": [{"id": "a1", "state": "ok", "peak_db": -14.0}, {"id": "a2", "state": "ok", "peak_db": -31.0}],
        },
        "pushes": [push("hub", bitrate_bps=2_400_000), push("快手", reconnects=2, bitrate_bps=2_380_000)],
        "quality": {"name": LADDER[0], "step": 0, "steps": LADDER, "is_pinned": False, "kbps": 2500},
        "virtual_camera": {"state": "off", "device": "", "reason_key": "", "reason_args": {}},
    }


def push(name: str, **changes: Any) -> dict[str, Any]:
    """A push's health as the snapshot has it."""
    return {
        "name": name,
        "state": "live",
        "bytes_accepted": 2_000_000_000,
        "bitrate_bps": 0,
        "dropped": 0,
        "reconnects": 0,
        "reason_key": "",
    } | changes


def devices() -> dict[str, Any]:
    """What a laptop on a village show has."""
    return {
        "cameras": [
            {
                "address": "device:HD Pro Webcam C920",
                "name": "HD Pro Webcam C920",
                "formats": [
                    {
                        "address": "device:HD Pro Webcam C920?format=mjpeg&size=1280x720&fps=30",
                        "text": "1280×720 30 帧 MJPEG",
                    }
                ],
            },
            {
                "address": "device:USB2.0 采集卡 Very Long Vendor Name 1080p 60fps HDMI Capture",
                "name": "USB2.0 采集卡 Very Long Vendor Name 1080p 60fps HDMI Capture",
                "formats": [],
            },
        ],
        "screens": [{"address": "screen:eDP-1", "name": "eDP-1（1366×768）", "width": 1366, "height": 768}],
        "windows": [{"address": "window:购物车?app=wps", "name": "购物车", "app": "wps"}],
        "microphones": [{"address": "mic:领夹麦克风", "name": "领夹麦克风 (USB Audio Device)"}],
        "desktop_sounds": [],
        "reasons": {"desktop_sounds": "这台电脑没有 PulseAudio，采不到电脑里的声音"},
    }


def encoders() -> list[dict[str, Any]]:
    """What the trial of the encoders found on a laptop without a graphics card."""
    return [
        {"name": "libx264", "is_usable": True, "reason_key": ""},
        {"name": "h264_qsv", "is_usable": True, "reason_key": ""},
        {"name": "h264_nvenc", "is_usable": False, "reason_key": "video.encoder.no_device"},
    ]


def clip(number: int, state: str = "done", **changes: Any) -> dict[str, Any]:
    """A clip as the snapshot has it."""
    return {
        "id": f"i{number}-1",
        "kind": "item",
        "item_id": f"i{number}",
        "number": number,
        "part": 1,
        "title": "手工红薯粉条 2kg 农家晾晒",
        "seconds": 312.0,
        "path": f"/shows/s1-clips/{number:02d} 手工红薯粉条.mp4",
        "cover": None,
        "state": state,
        "reason": "",
    } | changes


def act(state: dict[str, Any], verb: str, args: dict[str, Any]) -> None:
    """Change the set-up as the desk would."""
    setup_ = state["setup"]
    room, _, what = verb.partition(".")
    if room == "picture":
        _act_picture(setup_["picture"], what, args)
    elif room == "sound":
        _act_sound(setup_["sound"]["inputs"], what, args)
    elif room == "push":
        _act_push(setup_["outputs"]["targets"], what, args)
    elif room == "virtual_camera":
        setup_["outputs"]["virtual_camera"]["is_on"] = what == "start"
    elif verb == "quality.pin":
        setup_["quality"]["pinned"] = args["step"]
    elif verb == "encoder.choose":
        setup_["quality"]["encoder"] = args["name"]
    elif verb == "recording.segments":
        setup_["outputs"] |= {"segment_minutes": args["minutes"], "segment_megabytes": args["megabytes"]}


def _act_picture(picture: dict[str, Any], what: str, args: dict[str, Any]) -> None:
    if what == "source":
        picture["source"] = args["address"]
        picture |= {name: args[name] for name in args if name != "address"}
    elif what == "transition":
        picture["transition_ms"] = args["ms"]
    elif what in picture:
        picture[what] |= args


def _act_sound(inputs: list[dict[str, Any]], what: str, args: dict[str, Any]) -> None:
    if what == "add":
        inputs.append(sound_input(f"a{len(inputs) + 1}", args["address"], args["address"].rpartition(":")[2]))
    elif what == "remove":
        inputs[:] = [each for each in inputs if each["id"] != args["input_id"]]
    else:
        found = next(each for each in inputs if each["id"] == args["input_id"])
        found |= {name: value for name, value in args.items() if name != "input_id"}


def _act_push(targets: list[dict[str, Any]], what: str, args: dict[str, Any]) -> None:
    if what == "add":
        targets.append({"name": args["name"], "url": args["url"], "is_key_known": bool(args["key"]), "is_on": False})
    elif what == "remove":
        targets[:] = [each for each in targets if each["name"] != args["name"]]
    else:
        next(each for each in targets if each["name"] == args["name"])["is_on"] = what == "start"
