#include "storage/writer/writer.hpp"

#include <stdexcept>

#include "storage/writer/writer_thread.hpp"

namespace historyd::writer {

struct writer::impl {
    writer_thread thread;
};

writer::writer(std::filesystem::path file, std::vector<sqlite::database::extension> extensions,
               std::shared_ptr<sqlite::sequence_registry> sequences, writer_options options)
    : impl_(new impl{
          .thread{std::move(file), std::move(extensions), std::move(sequences), options}}) {
    if (auto started = impl_->thread.start(); !started) {
        const auto& why = started.error();
        throw std::runtime_error(why.message + (why.hint.empty() ? "" : "; " + why.hint));
    }
}

writer::~writer() {
    if (impl_) drain(std::chrono::milliseconds(0));
}

asio::awaitable<result<unit_outcome>> writer::submit(write_unit unit) {
    auto start = [&](completion<result<unit_outcome>> answer) {
        const auto size = size_of(unit);
        impl_->thread.submit(
            unit_job{std::move(unit), size, std::chrono::steady_clock::now(), std::move(answer)});
    };
    co_return co_await wait_for_completion<result<unit_outcome>>(start);
}

asio::awaitable<result<lease>> writer::acquire(std::chrono::milliseconds idle_timeout,
                                               sqlite::context_ptr context) {
    auto start = [&](completion<result<lease>> answer) {
        impl_->thread.submit(acquire_job{std::chrono::steady_clock::now(), idle_timeout,
                                         std::move(context), std::move(answer)});
    };
    co_return co_await wait_for_completion<result<lease>, awaited::turn>(start);
}

outbox::progress& writer::progress() { return impl_->thread.progress(); }

schema::schema_ptr writer::schema() const { return impl_->thread.schema(); }

std::uint64_t writer::commit_count() const { return impl_->thread.commit_count(); }

writer_stats writer::stats() const { return impl_->thread.stats(); }

const writer_metrics& writer::metrics() const { return impl_->thread.metrics(); }

void writer::drain(std::chrono::milliseconds grace) {
    impl_->thread.stop(std::chrono::steady_clock::now() + grace);
    impl_->thread.join();
}

}  // namespace historyd::writer
