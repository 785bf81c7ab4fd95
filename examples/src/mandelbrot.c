// Draws the Mandelbrot set into /out as PPM images (P6).
//
//   mandelbrot [WIDTH [FRAMES]]     640 pixels wide and one frame when not given; each frame zooms in further
//
// One frame is /out/mandelbrot.ppm, several are /out/frames/0000.ppm and so on.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ITERATIONS 500

static const double CENTRE_X = -0.743643887037151, CENTRE_Y = 0.131825904205330;

static int draw(const char *path, int width, int height, double zoom) {
  FILE *out = fopen(path, "wb");
  if (!out) return -1;
  fprintf(out, "P6\n%d %d\n255\n", width, height);
  double scale = 3.0 / zoom / width, x0 = zoom > 1 ? CENTRE_X : -0.5, y0 = zoom > 1 ? CENTRE_Y : 0;
  for (int py = 0; py < height; py++)
    for (int px = 0; px < width; px++) {
      double cx = x0 + (px - width / 2.0) * scale, cy = y0 + (py - height / 2.0) * scale;
      double x = 0, y = 0, xx = 0, yy = 0;
      int n = 0;
      for (; n < ITERATIONS && xx + yy <= 4; n++) {
        y = 2 * x * y + cy;
        x = xx - yy + cx;
        xx = x * x;
        yy = y * y;
      }
      unsigned char rgb[3] = {0, 0, 0};
      if (n < ITERATIONS) {
        rgb[0] = n * 5;
        rgb[1] = n * 3;
        rgb[2] = 255 - n * 7 % 200;
      }
      fwrite(rgb, 1, 3, out);
    }
  return fclose(out);
}

int main(int argc, char **argv) {
  int width = argc > 1 ? atoi(argv[1]) : 640, frames = argc > 2 ? atoi(argv[2]) : 1;
  if (width < 1 || width > 16384 || frames < 1 || frames > 10000) {
    fputs("usage: mandelbrot [WIDTH [FRAMES]], width 1 to 16384, frames 1 to 10000\n", stderr);
    return 2;
  }
  int height = (width * 3 + 3) / 4;
  if (frames > 1 && mkdir("/out/frames", 0755)) {
    fprintf(stderr, "mandelbrot: /out/frames: %s\n", strerror(errno));
    return 1;
  }
  double zoom = 1;
  for (int i = 0; i < frames; i++, zoom *= 1.25) {
    char path[64] = "/out/mandelbrot.ppm";
    if (frames > 1) snprintf(path, sizeof path, "/out/frames/%04d.ppm", i);
    if (draw(path, width, height, zoom)) {
      fprintf(stderr, "mandelbrot: %s: %s\n", path, strerror(errno));
      return 1;
    }
  }
  printf("%d frame%s of %d x %d\n", frames, frames > 1 ? "s" : "", width, height);
  return 0;
}
