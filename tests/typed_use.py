"""A program that uses the public API; it is checked by mypy and not run."""

from typing import assert_type

from sign_latent import Card, Pose, TextToPose, load

model = load("embedded-sald")
assert_type(model, TextToPose)
assert_type(model.generate("rain"), Pose)
assert_type(model.generate("rain", 40, seed=1, steps=8, signed_language="qaa"), Pose)
assert_type(model.generate(["rain", "snow"], frames=[40, 50], speed=2.0), list[Pose])
assert_type(model.generate_long("It rains. It snows."), Pose)
assert_type(model.card, Card)
for chunk in model.stream("It rains. It snows.", chunk_frames=10):
    assert_type(chunk, Pose)
chunk.save("rain.pose")
