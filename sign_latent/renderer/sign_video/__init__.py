"""SignViP's sign video diffusion: pictures of conditions and of a reference signer to a video."""
