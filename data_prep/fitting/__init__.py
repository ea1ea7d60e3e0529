"""Inverse kinematics: from key points in space or in the picture to the rotations of the `smplx` skeleton."""
