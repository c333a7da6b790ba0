#include "storage/replicator/replicator.hpp"

#include "storage/replicator/driver.hpp"

namespace historyd::replicator {

replicator::replicator(writer::writer& writer, std::filesystem::path file, postgres::target target,
                       replicator_options options)
    : driver_(std::make_unique<driver>(writer, std::move(file), std::move(target), options)) {}

replicator::~replicator() = default;

void replicator::start() { driver_->start(); }
void replicator::stop() { driver_->stop(); }
replicator_status replicator::status() const { return driver_->status(); }

}  // namespace historyd::replicator
