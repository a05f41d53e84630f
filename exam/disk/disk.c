/*
 * Stands between a server and its disk, as a preloaded library: writes down what is done below one folder, fails it or ends the process on
 * order, says that the disk is full, and sets the clock. What to do stands in a mapped file, so that it can change while the server runs
 * (disk.ts has the same order of fields). Must never change what a write holds.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { OPEN = 1, WRITE = 2, SYNC = 4, RENAME = 8, CLOSE = 16, MKDIR = 32, UNLINK = 64, TRUNCATE = 128 };
enum { NOTHING, KILL, FAIL, FAIL_FROM, FULL };

struct control {
  int64_t mode, countdown, error, kinds, seen, room, happened, low, clock_ms;
  char below[256]; /* only paths with this in them */
};

#define FDS 65536
static char *paths[FDS];
static const char *root;
static struct control *control;
static int log_fd = -1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))real(#name))
static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

__attribute__((constructor)) static void start(void) {
  root = getenv("EXAM_DISK_ROOT");
  const char *file = getenv("EXAM_DISK_CONTROL"), *log = getenv("EXAM_DISK_LOG");
  if (root == NULL || file == NULL) return;
  int fd = REAL(open)(file, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  void *map = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  REAL(close)(fd);
  if (map == MAP_FAILED) return;
  if (log != NULL) log_fd = REAL(open)(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  control = map;
}

static int ours(const char *path) { return control != NULL && path != NULL && strncmp(path, root, strlen(root)) == 0; }
static const char *path_of(int fd) { return fd >= 0 && fd < FDS ? paths[fd] : NULL; }

/* 0: go on. Called with the lock held. */
static int fault(int kind, const char *path) {
  if (!(control->kinds & kind) || strstr(path, control->below) == NULL) return 0;
  control->seen++;
  if (control->mode == KILL && --control->countdown == 0) {
    control->happened++;
    kill(getpid(), SIGKILL);
    for (;;) pause();
  }
  if (control->mode == FAIL && --control->countdown == 0) return control->happened++, (int)control->error;
  if (control->mode == FAIL_FROM && --control->countdown <= 0) return control->happened++, (int)control->error;
  return 0;
}

/* How many of so many bytes there is room for; -1 where there is none. */
static ssize_t room_for(const char *path, size_t bytes) {
  if (control->mode != FULL || strstr(path, control->below) == NULL) return (ssize_t)bytes;
  if (control->room <= 0) return control->happened++, -1;
  ssize_t fits = (int64_t)bytes < control->room ? (ssize_t)bytes : (ssize_t)control->room;
  control->room -= fits;
  return fits;
}

static void note(char kind, int fd, int64_t number, int64_t length, const char *one, const char *two, const struct iovec *data, int parts) {
  if (log_fd < 0) return;
  struct { char kind; char pad[3]; int32_t pid, fd, one, two, pad2; int64_t number, length; } head;
  memset(&head, 0, sizeof head);
  head.kind = kind, head.pid = getpid(), head.fd = fd, head.number = number, head.length = length;
  head.one = one ? strlen(one) : 0, head.two = two ? strlen(two) : 0;
  struct iovec all[parts + 3];
  all[0] = (struct iovec){&head, sizeof head};
  all[1] = (struct iovec){(void *)one, head.one};
  all[2] = (struct iovec){(void *)two, head.two};
  int64_t left = data ? length : 0;
  int count = 3;
  for (int i = 0; i < parts && left > 0; i++) {
    size_t take = (int64_t)data[i].iov_len < left ? data[i].iov_len : (size_t)left;
    all[count++] = (struct iovec){data[i].iov_base, take};
    left -= take;
  }
  if (REAL(writev)(log_fd, all, count) < 0) abort(); /* half a record would make a wrong image */
}

#define BEGIN(kind, path)                             \
  pthread_mutex_lock(&lock);                          \
  int refused = fault(kind, path);                    \
  if (refused) {                                      \
    pthread_mutex_unlock(&lock);                      \
    return errno = refused, -1;                       \
  }
#define END                     \
  int kept = errno;             \
  pthread_mutex_unlock(&lock);  \
  errno = kept;                 \
  return result;

static int open_with(const char *name, const char *path, int flags, mode_t mode) {
  int (*next)(const char *, int, ...) = real(name);
  if (!ours(path)) return next(path, flags, mode);
  BEGIN((flags & (O_WRONLY | O_RDWR)) ? OPEN : 0, path)
  int result = next(path, flags, mode);
  if (result >= 0 && result < FDS) {
    free(paths[result]);
    paths[result] = strdup(path);
    note('O', result, flags, 0, path, NULL, NULL, 0);
  }
  END
}
int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = va_arg(rest, mode_t);
  va_end(rest);
  return open_with("open", path, flags, mode);
}
int open64(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = va_arg(rest, mode_t);
  va_end(rest);
  return open_with("open64", path, flags, mode);
}

int close(int fd) {
  const char *path = path_of(fd);
  if (path == NULL) return REAL(close)(fd);
  BEGIN(CLOSE, path)
  note('C', fd, 0, 0, NULL, NULL, NULL, 0);
  free(paths[fd]);
  paths[fd] = NULL;
  int result = REAL(close)(fd);
  END
}

/* libuv closes files this way. */
long syscall(long number, ...) {
  long given[6];
  va_list rest;
  va_start(rest, number);
  for (int i = 0; i < 6; i++) given[i] = va_arg(rest, long);
  va_end(rest);
  if (number == SYS_close && path_of((int)given[0]) != NULL) return close((int)given[0]);
  return REAL(syscall)(number, given[0], given[1], given[2], given[3], given[4], given[5]);
}

static int64_t place(int fd) {
  struct stat found;
  if ((fcntl(fd, F_GETFL) & O_APPEND) && fstat(fd, &found) == 0) return found.st_size;
  return lseek(fd, 0, SEEK_CUR);
}

/* offset -1: where the file stands. */
static ssize_t write_all(int fd, const struct iovec *data, int parts, int64_t offset) {
  const char *path = path_of(fd);
  if (path == NULL) {
    /* An answer: what it promises must be on the disk by now. */
    if (control != NULL && parts > 0 && data[0].iov_len > 10 && memcmp(data[0].iov_base, "HTTP/1.1 2", 10) == 0) {
      pthread_mutex_lock(&lock);
      note('A', fd, 0, 0, NULL, NULL, NULL, 0);
      pthread_mutex_unlock(&lock);
    }
    return offset < 0 ? REAL(writev)(fd, data, parts) : REAL(pwritev)(fd, data, parts, offset);
  }
  BEGIN(WRITE, path)
  size_t bytes = 0;
  for (int i = 0; i < parts; i++) bytes += data[i].iov_len;
  ssize_t fits = room_for(path, bytes);
  if (fits < 0) {
    pthread_mutex_unlock(&lock);
    return errno = ENOSPC, -1;
  }
  struct iovec some[parts + 1];
  int count = 0;
  for (ssize_t left = fits; count < parts && (left > 0 || count == 0); count++) {
    some[count] = data[count];
    if ((ssize_t)some[count].iov_len > left) some[count].iov_len = left;
    left -= some[count].iov_len;
  }
  int64_t at = offset < 0 ? place(fd) : offset;
  ssize_t result = offset < 0 ? REAL(writev)(fd, some, count) : REAL(pwritev)(fd, some, count, offset);
  if (result > 0) note('W', fd, at, result, NULL, NULL, some, count);
  END
}
ssize_t write(int fd, const void *bytes, size_t length) {
  if (path_of(fd) == NULL && (length <= 10 || memcmp(bytes, "HTTP/1.1 2", 10) != 0)) return REAL(write)(fd, bytes, length);
  struct iovec one = {(void *)bytes, length};
  return write_all(fd, &one, 1, -1);
}
ssize_t writev(int fd, const struct iovec *data, int parts) { return write_all(fd, data, parts, -1); }
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
  struct iovec one = {(void *)bytes, length};
  return write_all(fd, &one, 1, offset);
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) { return pwrite(fd, bytes, length, offset); }
ssize_t pwritev(int fd, const struct iovec *data, int parts, off_t offset) { return write_all(fd, data, parts, offset); }
ssize_t pwritev64(int fd, const struct iovec *data, int parts, off64_t offset) { return write_all(fd, data, parts, offset); }

static int sync_with(const char *name, int fd) {
  int (*next)(int) = real(name);
  const char *path = path_of(fd);
  if (path == NULL) return next(fd);
  BEGIN(SYNC, path)
  int result = next(fd);
  if (result == 0) note('F', fd, 0, 0, NULL, NULL, NULL, 0);
  END
}
int fsync(int fd) { return sync_with("fsync", fd); }
int fdatasync(int fd) { return sync_with("fdatasync", fd); }

int ftruncate(int fd, off_t length) {
  const char *path = path_of(fd);
  if (path == NULL) return REAL(ftruncate)(fd, length);
  BEGIN(TRUNCATE, path)
  int result = REAL(ftruncate)(fd, length);
  if (result == 0) note('T', fd, length, 0, NULL, NULL, NULL, 0);
  END
}
int ftruncate64(int fd, off64_t length) { return ftruncate(fd, length); }

#define NAMED(call, kind, letter, path, other)                     \
  if (!ours(path)) return call;                                    \
  BEGIN(kind, path)                                                \
  int result = call;                                               \
  if (result == 0) note(letter, -1, 0, 0, path, other, NULL, 0);   \
  END
int rename(const char *from, const char *to) { NAMED(REAL(rename)(from, to), RENAME, 'R', from, to) }
int unlink(const char *path) { NAMED(REAL(unlink)(path), UNLINK, 'U', path, NULL) }
int rmdir(const char *path) { NAMED(REAL(rmdir)(path), UNLINK, 'U', path, NULL) }
int mkdir(const char *path, mode_t mode) { NAMED(REAL(mkdir)(path, mode), MKDIR, 'M', path, NULL) }

int statfs64(const char *path, struct statfs64 *space) {
  int result = REAL(statfs64)(path, space);
  if (result == 0 && ours(path) && control->low && strstr(path, control->below) != NULL) space->f_bavail = space->f_bfree = 0;
  return result;
}
int statfs(const char *path, struct statfs *space) { return statfs64(path, (struct statfs64 *)space); }

int clock_gettime(clockid_t clock, struct timespec *time) {
  int result = REAL(clock_gettime)(clock, time);
  if (result == 0 && control != NULL && clock == CLOCK_REALTIME) time->tv_sec += control->clock_ms / 1000;
  return result;
}
int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  int result = REAL(gettimeofday)(time, zone);
  if (result == 0 && control != NULL) time->tv_sec += control->clock_ms / 1000;
  return result;
}
