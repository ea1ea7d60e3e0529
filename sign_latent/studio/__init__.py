"""A local web page that signs what is typed. Models and clips are held in memory; no file outlives a request."""
