"""Poses: skeletons, coordinates, kinematics, files."""

from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import Skeleton, get_skeleton

__all__ = ["Pose", "Skeleton", "get_skeleton"]
