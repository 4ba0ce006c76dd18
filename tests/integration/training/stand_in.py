"""A stand-in for a run's process: goes through steps as fast as it is told to, and keeps its place.

Usage: python stand_in.py FOLDER. `stand_in.json` two folders above says what it does:
`steps`, `pause_s` between two of them, `fail` (a message), `stubborn` (does not hear SIGTERM),
`dies` (is killed), `lacks` (a part of the result that is not there), `weights`.
"""

import hashlib
import json
import os
import signal
import sys
import threading
from pathlib import Path

folder = Path(sys.argv[1])
told = json.loads((folder.parents[1] / "stand_in.json").read_text())
ended = threading.Event()
signal.signal(signal.SIGTERM, signal.SIG_IGN if told.get("stubborn") else lambda *_: ended.set())


def watch_input() -> None:
    while os.read(0, 1024):
        pass
    ended.set()


threading.Thread(target=watch_input, daemon=True).start()
place = folder / "checkpoint.bin"
step = int(place.read_text()) if place.exists() else 0
with (folder / "beginnings.log").open("a") as log:
    log.write(f"{step} {os.getpid()}\n")
if told.get("fail"):
    (folder / "failure.json").write_text(json.dumps({"code": "training", "message": told["fail"]}))
    sys.exit(1)
if told.get("dies"):
    os.kill(os.getpid(), signal.SIGKILL)
print("Libraries print what they like.")
while step < told["steps"]:
    if ended.wait(told.get("pause_s", 0.0)):
        sys.exit(3)
    step += 1
    place.write_text(str(step))
    said = {"stage": "training", "step": step, "steps": told["steps"], "loss": 1 / step}
    print(json.dumps({"progress": said}), flush=True)
adapter = folder / "adapter"
adapter.mkdir(exist_ok=True)
(adapter / "adapter_config.json").write_text("{}")
weights = told.get("weights", "weights").encode()
(adapter / "adapter_model.safetensors").write_bytes(weights)
result = {
    "records": {"records": 3, "kinds": {"caption": 3}, "skips": {}, "data_hash": "0"},
    "training": {
        "adapter": str(adapter),
        "sha256": hashlib.sha256(weights).hexdigest(),
        "steps": step,
        "loss": 0.5,
        "held_out_loss": None,
        "seconds": 1.0,
        "counts": {"records": 3},
        "unreadable": 0,
    },
    "measuring": {
        "verdict": told.get("verdict", "passed"),
        "reasons": ["Recognition: .9."],
        "before": {},
        "after": {},
        "beside": told.get("beside"),
    },
}
result.pop(told.get("lacks", ""), None)
(folder / "result.json").write_text(json.dumps(result))
