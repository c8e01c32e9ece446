/* A disk that is watched, and may fail: every change below one folder goes through here.

   Loaded with LD_PRELOAD. Under one lock for all processes, a call is counted, made or failed, and
   written down with its bytes, so that the record has the order in which things happened.

   SHIM_ROOT     the folder, without links in its path
   SHIM_LOG      records are appended here: struct record, path, second path, bytes
   SHIM_CONTROL  struct control: which calls fail, and with what
   SHIM_BYTES    "1" to keep records at all
*/
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

struct record {
    uint8_t kind;
    int64_t offset;
    uint32_t path, second, bytes;
} __attribute__((packed));
struct control {
    int64_t calls, first, last, error;
};

enum { CREATES = 1, FULL = 2 };  /* what a full disk refuses: new names, and more bytes */

#define REAL(name) ((__typeof__(&name))real(#name))

static void *real(const char *name) {
    void *symbol = dlsym(RTLD_NEXT, name);
    if (symbol == NULL) abort();
    return symbol;
}

/* Whether an absolute path is below the folder, and not shared memory of SQLite, which is made anew. */
static int watched(const char *path) {
    const char *root = getenv("SHIM_ROOT");
    size_t length = root ? strlen(root) : 0, whole = strlen(path);
    if (length == 0 || strncmp(path, root, length) != 0 || path[length] != '/') return 0;
    return !(whole > 4 && strcmp(path + whole - 4, "-shm") == 0);
}

static int path_of(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return path[0] == '/' && watched(path);
}

/* Resolve the folder of a path, but not its last part, which may be a link or not be there. */
static int resolve(int folder, const char *name, char *path) {
    char whole[2 * PATH_MAX], link[64], parent[PATH_MAX];
    if (name[0] == '/') {
        snprintf(whole, sizeof whole, "%s", name);
    } else {
        snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        ssize_t length = folder == AT_FDCWD ? readlink("/proc/self/cwd", parent, PATH_MAX - 1)
                                            : readlink(link, parent, PATH_MAX - 1);
        if (length <= 0) return 0;
        parent[length] = 0;
        snprintf(whole, sizeof whole, "%s/%s", parent, name);
    }
    size_t end = strlen(whole);
    while (end > 1 && whole[end - 1] == '/') whole[--end] = 0;
    char *slash = strrchr(whole, '/');
    if (slash == NULL || slash == whole) return 0;
    *slash = 0;
    if (realpath(whole, parent) == NULL) return 0;
    if (snprintf(path, PATH_MAX, "%s/%s", parent, slash + 1) >= PATH_MAX) return 0;
    return watched(path);
}

static int begin(void) {
    int kept = errno;
    int log = REAL(open)(getenv("SHIM_LOG"), O_WRONLY | O_APPEND | O_CLOEXEC);
    if (log < 0 || flock(log, LOCK_EX) != 0) abort();
    errno = kept;
    return log;
}

/* Return the error that this call ends with, 0 for none. */
static int fault(int refused_when_full) {
    struct control control;
    int file = REAL(open)(getenv("SHIM_CONTROL"), O_RDWR | O_CLOEXEC);
    if (file < 0 || pread(file, &control, sizeof control, 0) != sizeof control) abort();
    control.calls++;
    if (REAL(pwrite)(file, &control.calls, sizeof control.calls, 0) < 0) abort();
    close(file);
    if (control.calls < control.first || control.calls > control.last) return 0;
    if (control.error == ENOSPC && !refused_when_full) return 0;
    return (int)control.error;
}

static void note(int log, char kind, const char *path, const char *second, int64_t offset,
                 const void *bytes, size_t count) {
    const char *keep = getenv("SHIM_BYTES");
    if (keep == NULL || keep[0] != '1') return;
    struct record record = {kind, offset, strlen(path), second ? strlen(second) : 0, count};
    struct iovec parts[4] = {{&record, sizeof record},
                             {(void *)path, record.path},
                             {(void *)second, record.second},
                             {(void *)bytes, count}};
    ssize_t whole = sizeof record + record.path + record.second + count;
    if (REAL(writev)(log, parts, 4) != whole) abort();
}

static void end(int log) {
    int kept = errno;
    close(log);
    errno = kept;
}

#define FAIL(log, refused)                                                                       \
    do {                                                                                         \
        int error = fault(refused);                                                              \
        if (error) {                                                                             \
            close(log);                                                                          \
            errno = error;                                                                       \
            return -1;                                                                           \
        }                                                                                        \
    } while (0)

/* Bytes that are written at an offset; -1 for where the file stands, or its end. */
static ssize_t put(int fd, const struct iovec *parts, int count, int64_t offset) {
    char path[PATH_MAX];
    if (!path_of(fd, path)) {
        return offset < 0 ? REAL(writev)(fd, parts, count) : REAL(pwritev)(fd, parts, count, offset);
    }
    int log = begin();
    FAIL(log, FULL);
    int64_t at = offset;
    if (at < 0) {
        int appends = fcntl(fd, F_GETFL) & O_APPEND;
        at = lseek(fd, 0, appends ? SEEK_END : SEEK_CUR);
    }
    ssize_t written =
        offset < 0 ? REAL(writev)(fd, parts, count) : REAL(pwritev)(fd, parts, count, offset);
    ssize_t rest = written;
    for (int part = 0; part < count && rest > 0; part++) {
        size_t size = parts[part].iov_len < (size_t)rest ? parts[part].iov_len : (size_t)rest;
        note(log, 'w', path, NULL, at, parts[part].iov_base, size);
        at += size;
        rest -= size;
    }
    end(log);
    return written;
}

ssize_t write(int fd, const void *bytes, size_t count) {
    char path[PATH_MAX];
    if (!path_of(fd, path)) return REAL(write)(fd, bytes, count);
    struct iovec part = {(void *)bytes, count};
    return put(fd, &part, 1, -1);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) {
    char path[PATH_MAX];
    if (!path_of(fd, path)) return REAL(pwrite)(fd, bytes, count, offset);
    struct iovec part = {(void *)bytes, count};
    return put(fd, &part, 1, offset);
}
ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t offset) {
    return pwrite(fd, bytes, count, offset);
}

ssize_t writev(int fd, const struct iovec *parts, int count) { return put(fd, parts, count, -1); }
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
    return put(fd, parts, count, offset);
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t offset) {
    return put(fd, parts, count, offset);
}

/* Copies inside the kernel are refused, so that the program writes the bytes itself. */
ssize_t sendfile(int to, int from, off_t *offset, size_t count) {
    char path[PATH_MAX];
    if (!path_of(to, path)) return REAL(sendfile)(to, from, offset, count);
    errno = EINVAL;
    return -1;
}
ssize_t sendfile64(int to, int from, off_t *offset, size_t count) {
    return sendfile(to, from, offset, count);
}
ssize_t copy_file_range(int from, off_t *at, int to, off_t *offset, size_t count, unsigned flags) {
    char path[PATH_MAX];
    if (!path_of(to, path)) return REAL(copy_file_range)(from, at, to, offset, count, flags);
    errno = EINVAL;
    return -1;
}

int ftruncate(int fd, off_t size) {
    char path[PATH_MAX];
    if (!path_of(fd, path)) return REAL(ftruncate)(fd, size);
    int log = begin();
    FAIL(log, 0);
    int result = REAL(ftruncate)(fd, size);
    if (result == 0) note(log, 't', path, NULL, size, NULL, 0);
    end(log);
    return result;
}
int ftruncate64(int fd, off_t size) { return ftruncate(fd, size); }

static int sync_of(int fd, int (*call)(int)) {
    char path[PATH_MAX];
    if (!path_of(fd, path)) {
        const char *root = getenv("SHIM_ROOT");
        if (root == NULL || strcmp(path, root) != 0) return call(fd);
    }
    int log = begin();
    FAIL(log, FULL);
    int result = call(fd);
    if (result == 0) note(log, 's', path, NULL, 0, NULL, 0);
    end(log);
    return result;
}
int fsync(int fd) { return sync_of(fd, REAL(fsync)); }
int fdatasync(int fd) { return sync_of(fd, REAL(fdatasync)); }

static int opened(int folder, const char *name, int flags, mode_t mode) {
    char path[PATH_MAX];
    int changes = (flags & (O_CREAT | O_TRUNC)) && (flags & O_TMPFILE) != O_TMPFILE;
    if (!changes || !resolve(folder, name, path)) return REAL(openat)(folder, name, flags, mode);
    int log = begin();
    int there = faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    if (!there || (flags & O_TRUNC)) FAIL(log, there ? 0 : CREATES);
    int fd = REAL(openat)(folder, name, flags, mode);
    if (fd >= 0 && !there) note(log, 'c', path, NULL, 0, NULL, 0);
    if (fd >= 0 && there && (flags & O_TRUNC)) note(log, 't', path, NULL, 0, NULL, 0);
    end(log);
    return fd;
}

#define MODE                                                                                     \
    mode_t mode = 0;                                                                             \
    if (flags & (O_CREAT | O_TMPFILE)) {                                                         \
        va_list more;                                                                            \
        va_start(more, flags);                                                                   \
        mode = va_arg(more, mode_t);                                                             \
        va_end(more);                                                                            \
    }

int open(const char *name, int flags, ...) {
    MODE
    return opened(AT_FDCWD, name, flags, mode);
}
int open64(const char *name, int flags, ...) {
    MODE
    return opened(AT_FDCWD, name, flags, mode);
}
int openat(int folder, const char *name, int flags, ...) {
    MODE
    return opened(folder, name, flags, mode);
}
int openat64(int folder, const char *name, int flags, ...) {
    MODE
    return opened(folder, name, flags, mode);
}

int mkdirat(int folder, const char *name, mode_t mode) {
    char path[PATH_MAX];
    if (!resolve(folder, name, path)) return REAL(mkdirat)(folder, name, mode);
    int log = begin();
    FAIL(log, CREATES);
    int result = REAL(mkdirat)(folder, name, mode);
    if (result == 0) note(log, 'd', path, NULL, 0, NULL, 0);
    end(log);
    return result;
}
int mkdir(const char *name, mode_t mode) { return mkdirat(AT_FDCWD, name, mode); }

int unlinkat(int folder, const char *name, int flags) {
    char path[PATH_MAX];
    if (!resolve(folder, name, path)) return REAL(unlinkat)(folder, name, flags);
    int log = begin();
    FAIL(log, 0);
    int result = REAL(unlinkat)(folder, name, flags);
    if (result == 0) note(log, 'u', path, NULL, 0, NULL, 0);
    end(log);
    return result;
}
int unlink(const char *name) { return unlinkat(AT_FDCWD, name, 0); }
int rmdir(const char *name) { return unlinkat(AT_FDCWD, name, AT_REMOVEDIR); }

int renameat(int from, const char *old, int to, const char *name) {
    char path[PATH_MAX], second[PATH_MAX];
    int below = resolve(from, old, path);
    if (!resolve(to, name, second) || !below) return REAL(renameat)(from, old, to, name);
    int log = begin();
    FAIL(log, CREATES);
    int result = REAL(renameat)(from, old, to, name);
    if (result == 0) note(log, 'r', path, second, 0, NULL, 0);
    end(log);
    return result;
}
int rename(const char *old, const char *name) { return renameat(AT_FDCWD, old, AT_FDCWD, name); }

int linkat(int from, const char *old, int to, const char *name, int flags) {
    char path[PATH_MAX], second[PATH_MAX];
    int below = resolve(from, old, path);
    if (!resolve(to, name, second) || !below) return REAL(linkat)(from, old, to, name, flags);
    int log = begin();
    FAIL(log, CREATES);
    int result = REAL(linkat)(from, old, to, name, flags);
    if (result == 0) note(log, 'l', path, second, 0, NULL, 0);
    end(log);
    return result;
}
int link(const char *old, const char *name) {
    return linkat(AT_FDCWD, old, AT_FDCWD, name, 0);
}
