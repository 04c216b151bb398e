export default {
  title: 'Activity',
};
