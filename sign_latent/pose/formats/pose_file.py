"""`.pose`, the file of the sign-language ecosystem: v0.2 written, v0.0 to v0.2 read, through the pose-format library.

What we write is a picture of 512 × 512 pixels: a shoulder width is 128 pixels, the point between the shoulders lies
at (256, 200), y runs down, z away from the viewer. Clips that were read from such a file of another tool get the place
and size back that they had there. Components are described in `pose_layout`. Rotations, expression, signs and
provenance have no place in the format: `.npz` keeps them; the last two go into a small JSON beside the file, and come
back from there.
"""

import struct
from pathlib import Path

import numpy as np

from sign_latent.errors import UserError, brief
from sign_latent.files import file_and_beside, read_all_beside, read_beside
from sign_latent.pose.formats.mediapipe_depth import as_in_file, to_common_depth, to_landmark_depth
from sign_latent.pose.formats.pose_layout import MARKER, Component, layout, recognise
from sign_latent.pose.normalise import body_frame, in_frame
from sign_latent.pose.placement import Placement, measured
from sign_latent.pose.pose import Pose
from sign_latent.pose.signs import read_signs
from sign_latent.pose.skeleton import Skeleton, get_skeleton

LAYOUT = "pose"
SIZE = 512
UNIT = 128.0
_ORIGIN = np.array([256.0, 200.0, 0.0])
_AXES = np.array([UNIT, -UNIT, -UNIT])


def write(pose: Pose, path: Path, provenance: str = "") -> None:
    """Write points and confidence; `provenance` and signs, if any, go to `<name>.pose.json`."""
    pixels, size = _pixels(pose)
    _write(path, pose.skeleton, pixels, pose.confidence, pose.fps, size, provenance=provenance, signs=pose.signs)


def write_landmarks(
    path: Path,
    skeleton: Skeleton,
    landmarks: np.ndarray,
    confidence: np.ndarray,
    fps: float,
    size: tuple[int, int],
    provenance: str = "",
) -> None:
    """Write what MediaPipe found in a video of `size` (width, height), as other tools write it; `provenance` beside it.

    `landmarks` [T, K, 3] of a holistic skeleton: x and y in pixels, y down, depth as MediaPipe gives it; `confidence`
    [T, K]. They keep their place in the picture; reading brings them to body coordinates.
    """
    _write(path, skeleton, landmarks, confidence, fps, (*size, 0), provenance=provenance)


def _write(
    path: Path,
    skeleton: Skeleton,
    pixels: np.ndarray,
    confidence: np.ndarray,
    fps: float,
    size: tuple[int, int, int],
    **told: object,
) -> None:
    from pose_format import Pose as File
    from pose_format.numpy import NumPyPoseBody
    from pose_format.pose_header import PoseHeader, PoseHeaderDimensions

    components = layout(skeleton)
    order = [point for component in components for point in component.points]
    sure = confidence[:, None, order].astype(np.float32)
    data = np.where(sure[..., None] > 0, pixels[:, None, order], 0).astype(np.float32)  # [T, 1, points, C]
    described = [_header(component, skeleton.dimensions) for component in components]
    header = PoseHeader(0.2, PoseHeaderDimensions(*size), described)
    with file_and_beside(path, **told) as aside, aside.open("wb") as file:
        File(header, NumPyPoseBody(fps, data, sure)).write(file)


def _known(version: float) -> bool:
    """Whether it is a version of the format that can be read; small numbers that are none begin other files."""
    return version == 0 or round(version, 3) in (0.1, 0.2)


def read(path: Path) -> Pose:
    """Body coordinates on the skeleton that the header shows. NaN means missing; of several people the surest is read.

    Our own files come back as they were; others are normalised by their shoulders. UserError if the file is damaged,
    of an unknown layout, or shows no shoulders.
    """
    from pose_format import Pose as File

    try:
        content = path.read_bytes()
    except PermissionError:
        raise UserError(f"{path}: may not be read; change its permissions") from None
    if len(content) < 4 or not _known(*struct.unpack("<f", content[:4])):
        raise UserError(f"{path}: is no .pose file, which begins with its version, 0 to 0.2; give a .pose or an .npz")
    try:
        file = File.read(content)
        components = {component.name: list(component.points) for component in file.header.components}
        data, confidence = _person(file.body)
        if sum(map(len, components.values())) != data.shape[1]:
            raise ValueError("two components of one name")
        size, fps = file.header.dimensions, float(file.body.fps)
    # The library checks nothing: what it unpacks becomes shapes, names and numpy types, so that a damaged file may
    # raise anything, MemoryError included.
    except Exception as error:
        raise UserError(f"{path}: damaged or not a .pose file ({brief(error)}); extract it anew") from None
    name = recognise(components)
    if name is None:
        raise UserError(f"{path}: unknown components {', '.join(components)[:100]}; I know MediaPipe and OpenPose")
    skeleton = get_skeleton(name)
    points, confidence = _gather(skeleton, components, data, confidence)
    there = None
    try:
        if any(component.startswith(MARKER) for component in components):
            dimensions = skeleton.dimensions
            points = (points - _ORIGIN[:dimensions]) / _AXES[:dimensions]
            points = np.where(confidence[..., None] > 0, points, 0).astype(np.float32)
        else:
            points, there = _foreign(points, confidence, skeleton, size)
        pose = Pose(points, confidence, fps, skeleton, placement=there, provenance=read_beside(path)).validate()
        return pose.with_signs(read_signs(read_all_beside(path).get("signs", []), len(pose)))
    except UserError as error:
        raise UserError(f"{path}: {error}") from None


def _pixels(pose: Pose) -> tuple[np.ndarray, tuple[int, int, int]]:
    """[T, K, C] as in the file, and the size of its picture: of the source where it was one, else ours."""
    dimensions, skeleton, there = pose.skeleton.dimensions, pose.skeleton, pose.placement
    if there is not None and there.layout == LAYOUT:
        pixels = there.undo(pose.points) * np.sign(_AXES[:dimensions])
        if _is_mediapipe(skeleton):
            pixels = as_in_file(pixels, pose.confidence, skeleton, there.details)
        return pixels, tuple(round(there.details[name]) for name in ("width", "height", "depth"))
    pixels = pose.points * _AXES[:dimensions] + _ORIGIN[:dimensions]
    if _is_mediapipe(skeleton):
        return to_landmark_depth(pixels, skeleton, SIZE), (SIZE, SIZE, 0)
    return pixels, (SIZE, SIZE, SIZE if dimensions == 3 else 0)


def _is_mediapipe(skeleton: Skeleton) -> bool:
    return skeleton.name.startswith("holistic")


def _header(component: Component, dimensions: int) -> object:
    from pose_format.pose_header import PoseHeaderComponent

    names, limbs = list(component.names), list(component.limbs)
    return PoseHeaderComponent(component.name, names, limbs, [component.colour], "XYZ"[:dimensions] + "C")


def _person(body: object) -> tuple[np.ndarray, np.ndarray]:
    """[T, points, dims] and confidence [T, points] of the person seen most surely; NaN becomes confidence 0."""
    data = np.ma.getdata(body.data).astype(np.float64)
    confidence = np.nan_to_num(np.asarray(np.ma.getdata(body.confidence), dtype=np.float64), nan=0.0)
    confidence = np.where(np.isfinite(data[..., :2]).all(-1), np.clip(confidence, 0, 1), 0)
    surest = int(confidence.sum((0, 2)).argmax())
    return np.nan_to_num(data[:, surest], nan=0.0, posinf=0.0, neginf=0.0), confidence[:, surest]


def _gather(
    skeleton: Skeleton, components: dict[str, list[str]], data: np.ndarray, confidence: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Columns of the file -> [T, K, C] and [T, K] of the skeleton, by component and point name."""
    column, start = {}, 0
    for name, points in components.items():
        column |= {(name, point): start + i for i, point in enumerate(points)}
        start += len(points)
    found = {}
    for component in layout(skeleton):
        for point, name in zip(component.points, component.names, strict=True):
            if (component.name, name) in column:
                found.setdefault(point, column[component.name, name])
    targets, sources = list(found), list(found.values())
    dimensions = min(skeleton.dimensions, data.shape[-1])
    points = np.zeros((len(data), len(skeleton.points), skeleton.dimensions))
    sure = np.zeros(points.shape[:2], np.float32)
    points[:, targets, :dimensions] = data[:, sources, :dimensions]
    sure[:, targets] = confidence[:, sources]
    return points, sure


def _foreign(
    points: np.ndarray, confidence: np.ndarray, skeleton: Skeleton, size: object
) -> tuple[np.ndarray, Placement]:
    details = {"width": float(size.width), "height": float(size.height)}
    if _is_mediapipe(skeleton):
        points, details = to_common_depth(points, confidence, skeleton, size.width, size.height)
    points = points * np.sign(_AXES[: skeleton.dimensions])
    frame = body_frame(points, confidence, skeleton)
    return in_frame(points, confidence, frame), measured(LAYOUT, frame, details | {"depth": float(size.depth)})
