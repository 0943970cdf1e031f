/* Records what a program does to the files below a folder, in the order in which it happens.
 *
 * LD_PRELOAD=recorder.so RECORD_FOLDER=... RECORD_LOG=... RECORD_LOCK=... FLUSH_MICROSECONDS=...
 *
 * Every process and thread appends to one log. A lock in memory that all share (RECORD_LOCK, a file
 * of 4096 bytes) is held while a call is done and logged, so the log has the order of the effects.
 * Flushes are logged when they begin and when they end, without the lock: what others write
 * meanwhile is not promised. FLUSH_MICROSECONDS makes flushes slow, as on a disk, so that others do.
 * A call that is not known here changes files unseen: whoever reads the log compares what it makes
 * with what is there (tests/power/recording.py).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* What precedes the two paths and the bytes of each entry of the log; little-endian, packed. */
struct __attribute__((packed)) head {
    uint32_t first_length, second_length;
    uint64_t bytes, inode, offset;
    char kind;
};
struct shared { int taken; uint64_t flushes; };

static struct shared *shared;
static const char *folder;
static size_t folder_length;
static int log_file = -1;
static useconds_t flush_time;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define ONCE(name) static __typeof__(&name) real; if (!real) real = REAL(name)

static void __attribute__((constructor)) begin(void) {
    const char *path = getenv("RECORD_LOG"), *lock = getenv("RECORD_LOCK");
    folder = getenv("RECORD_FOLDER");
    if (!folder || !path || !lock) return;
    folder_length = strlen(folder);
    flush_time = getenv("FLUSH_MICROSECONDS") ? atoi(getenv("FLUSH_MICROSECONDS")) : 0;
    int file = REAL(open)(lock, O_RDWR | O_CLOEXEC);
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (shared == MAP_FAILED) abort();
    close(file);
    /* High, because servers close the low ones that they do not know. */
    file = REAL(open)(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    log_file = fcntl(file, F_DUPFD_CLOEXEC, 900);
    close(file);
    if (log_file < 0) abort();
}

static void hold(void) {
    for (long tries = 0; __atomic_exchange_n(&shared->taken, 1, __ATOMIC_ACQUIRE); tries++) {
        if (tries > 200000000) abort();
        sched_yield();
    }
}

static void release(void) {
    int before = errno;
    __atomic_store_n(&shared->taken, 0, __ATOMIC_RELEASE);
    errno = before;
}

static void note(char kind, uint64_t inode, uint64_t offset, const char *first, const char *second,
                 const struct iovec *parts, int count, size_t bytes) {
    int before = errno;
    struct head head = {strlen(first), strlen(second), bytes, inode, offset, kind};
    struct iovec all[1024 + 3] = {{&head, sizeof head}, {(void *)first, head.first_length},
                                  {(void *)second, head.second_length}};
    ssize_t whole = sizeof head + head.first_length + head.second_length + bytes;
    int used = 3;
    for (int i = 0; i < count && bytes; i++) {
        size_t length = parts[i].iov_len < bytes ? parts[i].iov_len : bytes;
        all[used++] = (struct iovec){parts[i].iov_base, length};
        bytes -= length;
    }
    if (REAL(writev)(log_file, all, used) != whole) abort();
    errno = before;
}

/* Tell whether a path is the folder or below it. */
static int is_inside(const char *path) {
    return !strncmp(path, folder, folder_length) && (!path[folder_length] || path[folder_length] == '/');
}

static int path_of(int file, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    path[length < 0 ? 0 : length] = 0;
    return log_file >= 0 && length > 0 && is_inside(path);
}

/* Find the whole path of one relative to an open folder; tell whether it is inside. */
static int resolve(int at, const char *path, char *whole) {
    int before = errno;
    char start[PATH_MAX] = "", joined[2 * PATH_MAX + 2], parent[PATH_MAX];
    whole[0] = 0;
    if (log_file < 0 || !path || !*path) return 0;
    if (path[0] != '/') {
        if (at == AT_FDCWD) { if (!getcwd(start, sizeof start)) return 0; }
        else path_of(at, start);
    }
    snprintf(joined, sizeof joined, "%s/%s", start, path);
    while (joined[1] && joined[strlen(joined) - 1] == '/') joined[strlen(joined) - 1] = 0;
    char *name = strrchr(joined, '/');
    *name++ = 0;
    int found = realpath(*joined ? joined : "/", parent) != NULL;
    if (found) snprintf(whole, PATH_MAX, "%s/%s", parent[1] ? parent : "", name);
    errno = before;
    return found && is_inside(whole);
}

static uint64_t inode_at(const char *path) {
    struct stat found;
    int before = errno;
    uint64_t inode = lstat(path, &found) ? 0 : found.st_ino;
    errno = before;
    return inode;
}

static uint64_t inode_of(int file) {
    struct stat found;
    return fstat(file, &found) ? 0 : found.st_ino;
}

static int opened(int at, const char *path, int flags, mode_t mode) {
    ONCE(openat64);
    char whole[PATH_MAX];
    int unnamed = (flags & O_TMPFILE) == O_TMPFILE;
    if (!(flags & (O_CREAT | O_TRUNC)) && !unnamed && !(flags & O_DSYNC)) return real(at, path, flags, mode);
    if (!resolve(at, path, whole)) return real(at, path, flags, mode);
    /* Its writes would be flushed unseen. */
    if (flags & O_DSYNC) abort();
    hold();
    uint64_t earlier = unnamed ? 0 : inode_at(whole);
    int file = real(at, path, flags, mode);
    if (file >= 0) {
        if (!earlier) note('C', inode_of(file), 0, unnamed ? "" : whole, "", NULL, 0, 0);
        else if (flags & O_TRUNC) note('T', earlier, 0, whole, "", NULL, 0, 0);
    }
    release();
    return file;
}

#define MODE mode_t mode = 0; if (flags & (O_CREAT | O_TMPFILE)) { \
    va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); }
int open(const char *path, int flags, ...) { MODE return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE return opened(AT_FDCWD, path, flags | O_LARGEFILE, mode); }
int openat(int at, const char *path, int flags, ...) { MODE return opened(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE return opened(at, path, flags | O_LARGEFILE, mode); }
int creat(const char *path, mode_t mode) { return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

/* Do a call that writes at the file's position, and log it. done: the expression of the call. */
#define WRITING(file, where, parts, count, done) \
    char path[PATH_MAX]; \
    if (!path_of(file, path)) return done; \
    hold(); \
    ssize_t bytes = done; \
    if (bytes > 0) note('W', inode_of(file), where, path, "", parts, count, bytes); \
    release(); \
    return bytes
#define HERE(file) (lseek(file, 0, SEEK_CUR) - bytes)
#define ONE struct iovec one = {(void *)content, length}

ssize_t write(int file, const void *content, size_t length) {
    ONCE(write); ONE; WRITING(file, HERE(file), &one, 1, real(file, content, length));
}
ssize_t pwrite(int file, const void *content, size_t length, off_t offset) {
    ONCE(pwrite); ONE; WRITING(file, offset, &one, 1, real(file, content, length, offset));
}
ssize_t pwrite64(int file, const void *content, size_t length, off64_t offset) {
    ONCE(pwrite64); ONE; WRITING(file, offset, &one, 1, real(file, content, length, offset));
}
ssize_t writev(int file, const struct iovec *parts, int count) {
    ONCE(writev); WRITING(file, HERE(file), parts, count, real(file, parts, count));
}
ssize_t pwritev(int file, const struct iovec *parts, int count, off_t offset) {
    ONCE(pwritev); WRITING(file, offset, parts, count, real(file, parts, count, offset));
}
ssize_t pwritev64(int file, const struct iovec *parts, int count, off64_t offset) {
    ONCE(pwritev64); WRITING(file, offset, parts, count, real(file, parts, count, offset));
}
ssize_t pwritev2(int file, const struct iovec *parts, int count, off_t offset, int flags) {
    ONCE(pwritev2); WRITING(file, offset, parts, count, real(file, parts, count, offset, flags));
}
ssize_t pwritev64v2(int file, const struct iovec *parts, int count, off64_t offset, int flags) {
    ONCE(pwritev64v2); WRITING(file, offset, parts, count, real(file, parts, count, offset, flags));
}

/* Log what the kernel has copied into a file, as it can be read there now. */
static void note_copied(int file, const char *path, off64_t offset, ssize_t bytes) {
    char *content = malloc(bytes);
    int again = REAL(open)(path, O_RDONLY | O_CLOEXEC);
    if (!content || pread64(again, content, bytes, offset) != bytes) abort();
    struct iovec one = {content, bytes};
    note('W', inode_of(file), offset, path, "", &one, 1, bytes);
    close(again);
    free(content);
}

#define COPYING(file, where, done) \
    char path[PATH_MAX]; \
    if (!path_of(file, path)) return done; \
    hold(); \
    ssize_t bytes = done; \
    if (bytes > 0) note_copied(file, path, where, bytes); \
    release(); \
    return bytes

ssize_t sendfile(int to, int from, off_t *offset, size_t length) {
    ONCE(sendfile); COPYING(to, HERE(to), real(to, from, offset, length));
}
ssize_t sendfile64(int to, int from, off64_t *offset, size_t length) {
    ONCE(sendfile64); COPYING(to, HERE(to), real(to, from, offset, length));
}
ssize_t copy_file_range(int from, off64_t *start, int to, off64_t *end, size_t length, unsigned flags) {
    ONCE(copy_file_range);
    COPYING(to, end ? *end - bytes : HERE(to), real(from, start, to, end, length, flags));
}

/* Do a call whose success is 0, and log it. */
#define DOING(inside, done, kind, inode, offset, first, second) \
    if (!(inside)) return done; \
    hold(); \
    uint64_t found = inode; \
    int failed = done; \
    if (!failed) note(kind, found ? found : inode, offset, first, second, NULL, 0, 0); \
    release(); \
    return failed
#define PATH char path[PATH_MAX]

int ftruncate(int file, off_t size) {
    ONCE(ftruncate); PATH; DOING(path_of(file, path), real(file, size), 'T', inode_of(file), size, path, "");
}
int ftruncate64(int file, off64_t size) {
    ONCE(ftruncate64); PATH; DOING(path_of(file, path), real(file, size), 'T', inode_of(file), size, path, "");
}
int truncate(const char *name, off_t size) {
    ONCE(truncate); PATH; DOING(resolve(AT_FDCWD, name, path), real(name, size), 'T', inode_at(path), size, path, "");
}
int truncate64(const char *name, off64_t size) {
    ONCE(truncate64); PATH; DOING(resolve(AT_FDCWD, name, path), real(name, size), 'T', inode_at(path), size, path, "");
}
/* A longer size is logged as such; other modes, which make holes, are unknown. */
static int allocated(int mode, off64_t end, int file) {
    struct stat now;
    if (mode & ~FALLOC_FL_KEEP_SIZE) abort();
    return !mode && !fstat(file, &now) && end > now.st_size;
}
#define ALLOCATING(mode, done) PATH; \
    DOING(path_of(file, path) && allocated(mode, offset + length, file), done, 'T', inode_of(file), offset + length, path, "")
int fallocate(int file, int mode, off_t offset, off_t length) {
    ONCE(fallocate); ALLOCATING(mode, real(file, mode, offset, length));
}
int fallocate64(int file, int mode, off64_t offset, off64_t length) {
    ONCE(fallocate64); ALLOCATING(mode, real(file, mode, offset, length));
}
int posix_fallocate(int file, off_t offset, off_t length) {
    ONCE(posix_fallocate); ALLOCATING(0, real(file, offset, length));
}
int posix_fallocate64(int file, off64_t offset, off64_t length) {
    ONCE(posix_fallocate64); ALLOCATING(0, real(file, offset, length));
}

static int made(int at, const char *name, mode_t mode) {
    ONCE(mkdirat); PATH; DOING(resolve(at, name, path), real(at, name, mode), 'M', inode_at(path), 0, path, "");
}
int mkdir(const char *name, mode_t mode) { return made(AT_FDCWD, name, mode); }
int mkdirat(int at, const char *name, mode_t mode) { return made(at, name, mode); }

static int removed(int at, const char *name, int flags) {
    ONCE(unlinkat); PATH; DOING(resolve(at, name, path), real(at, name, flags), 'U', inode_at(path), 0, path, "");
}
int unlink(const char *name) { return removed(AT_FDCWD, name, 0); }
int rmdir(const char *name) { return removed(AT_FDCWD, name, AT_REMOVEDIR); }
int unlinkat(int at, const char *name, int flags) { return removed(at, name, flags); }
int remove(const char *name) {
    struct stat found;
    return removed(AT_FDCWD, name, !lstat(name, &found) && S_ISDIR(found.st_mode) ? AT_REMOVEDIR : 0);
}

/* Two names: what is not inside is logged as an empty one. */
#define TWO(done, kind, inode) \
    char first[PATH_MAX], second[PATH_MAX]; \
    int inside = resolve(at, from, first), other = resolve(at_other, to, second); \
    DOING(inside || other, done, kind, inode, 0, inside ? first : "", other ? second : "")

static int moved(int at, const char *from, int at_other, const char *to, unsigned flags) {
    ONCE(renameat2);
    if (flags & RENAME_EXCHANGE) abort();
    TWO(real(at, from, at_other, to, flags), 'R', inode_at(first));
}
int rename(const char *from, const char *to) { return moved(AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int at, const char *from, int at_other, const char *to) { return moved(at, from, at_other, to, 0); }
int renameat2(int at, const char *from, int at_other, const char *to, unsigned flags) {
    return moved(at, from, at_other, to, flags);
}
static int linked(int at, const char *from, int at_other, const char *to, int flags) {
    ONCE(linkat);
    TWO(real(at, from, at_other, to, flags), 'L', inode_at(second));
}
int link(const char *from, const char *to) { return linked(AT_FDCWD, from, AT_FDCWD, to, 0); }
int linkat(int at, const char *from, int at_other, const char *to, int flags) {
    return linked(at, from, at_other, to, flags);
}
int symlink(const char *target, const char *name) {
    ONCE(symlink); PATH;
    if (resolve(AT_FDCWD, name, path)) abort();
    return real(target, name);
}

/* The offset of both entries is the number of the flush. */
#define FLUSHING(inside, inode, done) \
    if (!(inside)) return done; \
    uint64_t number = __atomic_add_fetch(&shared->flushes, 1, __ATOMIC_SEQ_CST); \
    hold(); note('b', inode, number, path, "", NULL, 0, 0); release(); \
    if (flush_time) usleep(flush_time); \
    int failed = done; \
    hold(); if (!failed) note('e', inode, number, path, "", NULL, 0, 0); release(); \
    return failed

int fsync(int file) { ONCE(fsync); PATH; FLUSHING(path_of(file, path), inode_of(file), real(file)); }
int fdatasync(int file) { ONCE(fdatasync); PATH; FLUSHING(path_of(file, path), inode_of(file), real(file)); }
/* Inode 0: everything. */
int syncfs(int file) { ONCE(syncfs); PATH; FLUSHING(path_of(file, path), 0, real(file)); }
