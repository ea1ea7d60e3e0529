"""`python -m data_prep.extract VIDEOS --out DIR`: videos become `.pose` files that `data_prep.convert pose DIR` reads.

DIR holds a `.pose` for every video, `index.csv`, `drops.csv` (videos left out, with the reason) and
`extraction.json` (how it was made). Stopped and started again, it goes on: what is finished is not done again, and
the end is the same. Nothing is downloaded.
"""

import csv
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from data_prep.extraction.backend import BACKENDS, Settings, open_extractor
from data_prep.extraction.jobs import Engine, Job, pending, run_jobs
from data_prep.extraction.video import SUFFIXES
from sign_latent import errors
from sign_latent.errors import Parser, UserError
from sign_latent.files import file_aside

_COLUMNS = ("path", "id", "text", "spoken_language", "signed_language", "video")
_HOW = "extraction.json"


def extract_all(
    videos: list[Path], out: Path, settings: Settings, engine: Engine | None = None, texts: Path | None = None
) -> list[dict[str, str]]:
    """Extract what is not extracted yet; write index and drops; return the drops: {"video", "reason"}.

    `texts` is a csv with a column `video` (path relative to the folder of videos) and any of the columns of
    `data_prep.formats.pose`; a video may have several lines, such as sentences with `start` and `end`. UserError
    where no video is found, DIR was made with other settings, the backend is missing, or the texts fit no video.
    """
    jobs = find_jobs(videos, out)
    about = _texts(texts, jobs) if texts else {}
    todo = pending(jobs)
    if todo:
        with open_extractor(settings):  # whatever is wrong with it is told once, before the work
            _settle(out / _HOW, settings)
    reasons = dict(_watched(run_jobs(todo, settings, engine or Engine()), len(todo)))
    drops = [{"video": job.name, "reason": reasons[job.name]} for job in jobs if reasons.get(job.name)]
    dropped = {drop["video"] for drop in drops}
    kept = [job for job in jobs if job.name not in dropped]
    rows = [row for job in kept for row in _rows(job, out, about.get(job.name, [{}]))]
    _write_csv(out / "index.csv", rows, _COLUMNS)
    _write_csv(out / "drops.csv", drops, ("video", "reason"))
    return drops


def find_jobs(videos: list[Path], out: Path) -> list[Job]:
    """The videos of files and folders, in order of their names, and the file of each under `out`.

    Videos that differ only in their ending (a.mp4, a.gif) keep it in the name (a.mp4.pose). UserError if there are
    none, or two bear one name.
    """
    found: dict[str, Path] = {}
    for given in videos:
        if not given.exists():
            raise UserError(f"{given}: no such file or folder")
        inside = [path for path in given.rglob("*") if path.suffix.lower() in SUFFIXES] if given.is_dir() else [given]
        for path in inside:
            name = path.relative_to(given).as_posix() if given.is_dir() else path.name
            if found.setdefault(name, path) != path:
                raise UserError(f"{found[name]} and {path} bear one name; give them one folder, or extract them apart")
    if not found:
        raise UserError(f"{videos[0]}: holds no videos; known endings are {', '.join(SUFFIXES)}")
    stems = Counter(_stem(name) for name in found)
    targets = {name: name if stems[_stem(name)] > 1 else _stem(name) for name in found}
    return [Job(name, found[name], out / f"{targets[name]}.pose") for name in sorted(found)]


def _stem(name: str) -> str:
    return name[: -len(Path(name).suffix)] if Path(name).suffix else name


def _settle(path: Path, settings: Settings) -> None:
    """Write down how the folder is made. UserError if it was begun otherwise: one folder never mixes two ways."""
    how = {name: str(value) if isinstance(value, Path) else value for name, value in asdict(settings).items()}
    try:
        how["mediapipe"] = version("mediapipe")
    except PackageNotFoundError:
        how["mediapipe"] = ""
    text = json.dumps(how, indent=1) + "\n"
    if path.is_file() and path.read_text(encoding="utf-8") != text:
        raise UserError(f"{path.parent}: was begun with other settings ({path.name}); choose another folder")
    with file_aside(path) as aside:
        aside.write_text(text, encoding="utf-8")


def _rows(job: Job, out: Path, about: list[dict[str, str]]) -> Iterable[dict[str, str]]:
    target = job.target.relative_to(out)
    for number, row in enumerate(about, 1):
        own = target.with_suffix("").as_posix() + (f"#{number}" if len(about) > 1 else "")
        given = {name: value for name, value in row.items() if name != "video" and value}
        yield {"path": target.as_posix(), "id": own, "video": job.name} | given


def _texts(path: Path, jobs: list[Job]) -> dict[str, list[dict[str, str]]]:
    """Lines of the csv by video."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path}: cannot be read as csv ({error})") from None
    known = {job.name for job in jobs}
    about: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        about.setdefault(row.pop("video", None) or "", []).append({k: v for k, v in row.items() if k and v})
    if not known & set(about):
        raise UserError(f"{path}: its column 'video' names none of the videos; give paths such as {min(known)}")
    return about


def _write_csv(path: Path, rows: list[dict[str, str]], columns: tuple[str, ...]) -> None:
    more = sorted({name for row in rows for name in row} - set(columns))
    with file_aside(path) as aside, aside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*columns, *more], restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _watched(results: Iterable[tuple[str, str]], count: int) -> Iterable[tuple[str, str]]:
    from tqdm import tqdm

    return tqdm(results, total=count, unit="video", delay=2)


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = Parser(prog="python -m data_prep.extract", description=__doc__.splitlines()[0])
    parser.add_argument("videos", nargs="+", type=Path, help="videos, or folders of them")
    parser.add_argument("--out", type=Path, required=True, help="folder of the poses")
    parser.add_argument("--texts", type=Path, help="csv: video,text,spoken_language,signed_language,…")
    parser.add_argument("--backend", default=Settings.backend, help=f"one of {', '.join(BACKENDS)}")
    parser.add_argument("--model", type=Path, help="holistic landmarker (.task), for mediapipe-tasks")
    parser.add_argument("--confidence", type=float, default=Settings.confidence, help="least of a detection, 0 to 1")
    parser.add_argument("--engine", default=Engine.kind, help="processes or ray")
    parser.add_argument("--address", default="", help="of the Ray cluster")
    parser.add_argument("--jobs", type=int, default=-1, help="videos at once (default: one a core)")
    chosen = parser.parse_args(arguments)
    if chosen.jobs == 0:
        raise UserError("--jobs 0: give at least 1, or -1 for one a core")
    settings = Settings(chosen.backend, chosen.model, chosen.confidence)
    engine = Engine(chosen.engine, chosen.jobs, chosen.address)
    drops = extract_all(chosen.videos, chosen.out, settings, engine, chosen.texts)
    for drop in drops:
        print(f"dropped {drop['video']}: {drop['reason']}")
    print(f"wrote {chosen.out}: python -m data_prep.convert pose {chosen.out} --out CORPUS makes a corpus of it")


if __name__ == "__main__":
    errors.run(main)
