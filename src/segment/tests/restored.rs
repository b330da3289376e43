//! The object is put back to an earlier moment: what was ordered since is found, whoever writes the object in between.

use super::world::{Event, World, to_buy};
use crate::model::Task;

/// A service that runs.
fn active() -> World {
    let mut world = World::new(to_buy(), &[], true);
    assert_eq!(world.settle(), "Active");
    world
}

fn until_end_is_ordered(world: &mut World) {
    world.leave();
    world.until(|world| world.orders(&Task::Disconnect) == 1);
}

#[test]
fn an_end_that_was_ordered_since_is_found_though_somebody_writes_the_object_at_any_moment() {
    let mut world = active();
    let backup = world.stored.clone();
    until_end_is_ordered(&mut world);
    world.put_back(backup);
    world.leave();
    let mut undisturbed = world.clone();
    assert_eq!(undisturbed.settle(), "Removed");
    for boundary in 0..undisturbed.boundaries - world.boundaries {
        let mut world = world.clone();
        world.script([(boundary, Event::Change)]);
        assert_eq!(world.settle(), "Removed", "at {boundary}");
        assert_eq!(world.orders(&Task::Disconnect), 1, "at {boundary}");
    }
}

#[test]
fn what_was_ordered_after_an_order_that_was_about_to_leave_is_found_with_it() {
    let mut world = active();
    let backup = world.backup.clone();

    let mut changed = world.clone();
    changed.change();
    assert_eq!(changed.settle(), "Active");
    changed.put_back(backup.clone());
    assert_eq!(changed.settle(), "Active");
    changed.change();
    assert_eq!(changed.settle(), "Active");
    assert_eq!((changed.orders(&Task::Add), changed.orders(&Task::Modify)), (1, 1));

    until_end_is_ordered(&mut world);
    world.put_back(backup);
    world.until(|world| {
        let status = world.stored.as_ref().and_then(|stored| stored.status.clone());
        status.is_some_and(|status| status.orders[0].order_id.is_some())
    });
    world.leave();
    assert_eq!(world.settle(), "Removed");
    assert_eq!((world.orders(&Task::Add), world.orders(&Task::Disconnect)), (1, 1));
}
