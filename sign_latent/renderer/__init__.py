"""Pictures of poses: drawn images, video files and an offline page that plays them."""
